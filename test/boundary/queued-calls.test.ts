import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Queue } from '../../src/boundary/queue.js';
import { loadPlugin } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { rejected } from '../helpers/thrown.js';

const scratch = makeScratch();

/** Lets everything that is ready happen. */
const settled = () => new Promise((done) => setTimeout(done));

test('a queue lets in so many, in their order, and nobody who gave up', async () => {
  const queue = new Queue(2);
  const entered: number[] = [];
  const leaves: (() => void)[] = [];
  const controllers = Array.from({ length: 6 }, () => new AbortController());
  const outcomes = controllers.map(({ signal }, i) =>
    queue.enter(signal).then(
      (leave) => {
        entered.push(i);
        leaves.push(leave);
      },
      (reason: unknown) => reason,
    ),
  );
  await settled();
  expect(entered).toEqual([0, 1]);
  controllers[3]?.abort('no longer');
  expect(await outcomes[3]).toBe('no longer');
  for (let i = 0; i < 5; i++) {
    leaves[i]?.();
    await settled();
  }
  expect(entered).toEqual([0, 1, 2, 4, 5]);
});

describe.skipIf(noCompiler)(`runAsync${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  const waits = compile(
    scratch,
    'waits',
    pluginSource({
      head: '#include <unistd.h>\nstatic int ran;',
      run: `ran++; while (!plug_cancelled(ctx)) usleep(1000); return PLUG_ERROR_CANCELLED;`,
    }),
  );
  const quick = compile(scratch, 'quick', pluginSource());

  test('of many plugins at once is done by all of them', async () => {
    const plugins = Array.from({ length: 600 }, () => loadPlugin(quick));
    expect(await Promise.all(plugins.map((plugin) => plugin.runAsync()))).toEqual(plugins.map(() => 'done'));
    for (const plugin of plugins) plugin.close();
  });

  test.each([
    ['in this process', {}],
    ['in a process of its own', { isolate: true }],
  ])('that waits for its turn notices an abort at once, %s', async (_, options) => {
    const first = new AbortController();
    using plugin = loadPlugin(waits, options);
    const calls = [plugin.runAsync({ signal: first.signal })];
    const second = new AbortController();
    calls.push(plugin.runAsync({ signal: second.signal }));
    second.abort('no longer');
    // The first is at work until it is told: this one does not wait for it.
    expect(await rejected(calls[1] as Promise<string>)).toMatchObject({ code: 'ERR_CANCELLED' });
    first.abort();
    expect(await rejected(calls[0] as Promise<string>)).toMatchObject({ code: 'ERR_CANCELLED' });
  });

  test('behind plugins that take every thread notices an abort at once', async () => {
    const busy = new AbortController();
    const plugins = Array.from({ length: 12 }, () => loadPlugin(waits));
    const calls = plugins.map((plugin) => rejected(plugin.runAsync({ signal: busy.signal })));
    const impatient = new AbortController();
    using last = loadPlugin(quick);
    const call = rejected(last.runAsync({ signal: impatient.signal }));
    await settled();
    impatient.abort();
    expect(await call).toMatchObject({ code: 'ERR_CANCELLED', message: 'run quick: cancelled' });
    busy.abort();
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'ERR_CANCELLED' });
    expect(await last.runAsync()).toBe('done');
    for (const plugin of plugins) plugin.close();
  });

  test('that is aborted interrupts no system call of an isolated plugin', async () => {
    const [entered, interrupted] = [join(scratch, 'entered'), join(scratch, 'interrupted')];
    const path = compile(
      scratch,
      'sleeps',
      pluginSource({
        head: `#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>`,
        run: `close(creat("${entered}", 0600));
          struct timespec long_time = {600, 0};
          if (nanosleep(&long_time, 0) != 0 && errno == EINTR) close(creat("${interrupted}", 0600));
          return plug_put(out, "slept");`,
      }).replace('#pragma', '#define _GNU_SOURCE\n#pragma'),
    );
    using plugin = loadPlugin(path, { isolate: true });
    const controller = new AbortController();
    const call = rejected(plugin.runAsync({ signal: controller.signal }));
    while (!existsSync(entered)) await settled();
    controller.abort();
    expect(await call).toMatchObject({ code: 'ERR_CANCELLED' });
    expect(existsSync(interrupted)).toBe(false);
    // Nor does one that is too late: it is asked where it is, and ended.
    writeFileSync(entered, '');
    using late = loadPlugin(path, { isolate: { callTimeout: 300 } });
    expect(await rejected(late.runAsync())).toMatchObject({
      code: 'ERR_PLUGIN_FAULT',
      message: expect.stringContaining('it did not answer in time'),
    });
    expect(existsSync(interrupted)).toBe(false);
  });
});
