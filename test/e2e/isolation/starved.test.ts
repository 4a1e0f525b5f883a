import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, makeScratch, noCompiler, pluginSource } from '../../helpers/compile.js';
import { Drill } from '../../misbehaving/drill.js';
import { host, seen } from '../command.js';

// `npm run drill -- --load 12 --times 3` commits every fault under such load.
const sanitized = process.env.LD_PRELOAD !== undefined;
const folder = makeScratch();
const drill = new Drill(folder);

/** Returns the source of a filter that keeps every line and runs `body` for each. */
const slow = (name: string, body: string) =>
  compile(
    folder,
    name,
    pluginSource({
      head: `#include <time.h>
#include <unistd.h>
static long cpu_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
__attribute__((unused)) static void compute(long ms) { for (const long end = cpu_ms() + ms; cpu_ms() < end;) {} }
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  ${body}
  return 1;
}
static const plug_filter filter = {.size = sizeof(plug_filter), .flags = PLUG_FILTER_LINEWISE, .match = match};`,
      extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : NULL;',
    }),
  );

describe.skipIf(sanitized)('beside 12 busy processes', () => {
  let busy: ChildProcess[] = [];
  beforeAll(() => {
    const loop = ['-n', '19', 'sh', '-c', 'while :; do :; done'];
    busy = Array.from({ length: 12 }, () => spawn('nice', loop, { stdio: 'ignore' }));
  });
  afterAll(() => {
    for (const child of busy) child.kill('SIGKILL');
  });

  it.each(['loop', 'deadlock', 'null-read'])('%s costs its lines and no others', { timeout: 300_000 }, async (name) => {
    const ending = await drill.commit({ name }, 'isolated', 300_000);
    expect({ ending, said: drill.said }).toEqual({ ending: 'exact', said: expect.any(String) });
  });

  it.skipIf(noCompiler)('a plugin is not accused while its own time is within the limit', async () => {
    const log = join(folder, 'slow.log');
    writeFileSync(log, 'one\ntwo\nthree\n');
    const args = ['run', log, '--filter', slow('computes', 'compute(200);'), '--isolate', '--call-timeout', '1'];
    expect(seen(await host(args))).toEqual({ status: 0, stdout: 'one\ntwo\nthree\n', stderr: '' });
  });
});

describe.skipIf(noCompiler || sanitized)(
  `a plugin that takes long${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    it.each([
      ['computes', 'compute(memchr(data, 72, len) ? 1000000 : 400);'],
      ['sleeps', 'while (memchr(data, 72, len)) pause();\n  usleep(400000);'],
    ])('and %s is not blamed for a line that only takes long, beside one that hangs', async (name, body) => {
      const log = join(folder, 'mixed.log');
      writeFileSync(log, 'one\nHANG\ntwo\n');
      const args = ['run', log, '--filter', slow(`${name}-and-hangs`, body), '--isolate', '--call-timeout', '2'];
      const { status, stdout, stderr } = seen(await host(args));
      expect(stdout).toBe('one\ntwo\n');
      expect(stderr).toMatch(/it did not answer in time.*, line 2, byte 4: the line is left out\n/);
      expect(stderr.match(/left out/g)).toHaveLength(1);
      expect(status).toBe(2);
    });

    // More threads than processors, so that the thread that serves requests gets little time.
    it.each([
      ['waits', ['--isolate'], 'for (;;) sleep(1);'],
      ['computes', ['--isolate'], 'for (volatile int i = 0;; i++) {}'],
      ['waits', ['--sandbox', '--grant', 'threads'], 'for (;;) sleep(1);'],
      ['computes', ['--sandbox', '--grant', 'threads'], 'for (volatile int i = 0;; i++) {}'],
    ])('and %s is stopped although its own threads keep the processors busy (%j)', async (name, mode, body) => {
      const log = join(folder, 'busy.log');
      writeFileSync(log, 'one\nHANG\ntwo\n');
      const plugin = compile(
        folder,
        `starves-and-${name}`,
        pluginSource({
          head: `#include <pthread.h>
#include <unistd.h>
static void *busy(void *nothing) { for (volatile int i = 0;; i++) {} return nothing; }
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  if (len != 4) return 1;
  pthread_t thread;
  for (int i = 0; i < 40; i++) pthread_create(&thread, NULL, busy, NULL);
  ${body}
  return 1;
}
static const plug_filter filter = {.size = sizeof(plug_filter), .flags = PLUG_FILTER_LINEWISE, .match = match};`,
          extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : NULL;',
        }),
      );
      const { status, stdout, stderr } = seen(
        await host(['run', log, '--filter', plugin, ...mode, '--call-timeout', '1']),
      );
      expect({ status, stdout }).toEqual({ status: 2, stdout: 'one\ntwo\n' });
      expect(stderr).toMatch(/did not answer in time.*, line 2, byte 4: the line is left out\n/);
      expect(stderr.match(/left out/g)).toHaveLength(1);
    });
  },
);
