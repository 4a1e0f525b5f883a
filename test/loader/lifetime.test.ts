import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { clean, ended, plughost, workerHead } from '../helpers/own-process.js';

// How plugins, threads and processes end. Each test runs a process and compares its status and whole output.

const scratch = makeScratch();
/** Runs a module in a worker thread. `main` has the worker as `worker` and decides how long it lives. */
const inWorker = (code: string, main: string) =>
  ended(`const worker = new Worker(${JSON.stringify(`${workerHead}\n${code}`)}, { eval: true });
    const exited = new Promise((resolve) => worker.on('exit', resolve));
    const message = new Promise((resolve) => worker.on('message', resolve));
    ${main}`);

describe.skipIf(noCompiler)(`what was loaded${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  let plugin: string;
  let log: string;
  const logged = () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []);
  beforeAll(() => {
    log = join(scratch, 'log');
    plugin = compile(
      scratch,
      'ends',
      pluginSource({
        head: `#include <stdio.h>
#include <unistd.h>
static void say(const char *text) { FILE *file = fopen("${log}", "a"); fprintf(file, "%s\\n", text); fclose(file); }
static void *state_new(const plug_plugin *plugin, plug_error *error) { say("state"); return (void *)plugin; }
static void state_free(const plug_plugin *plugin, void *state) { say(state == (void *)plugin ? "state freed" : "wrong state"); }
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) { return 1; }
static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .state_new = state_new,
  .state_free = state_free, .match = match};`,
        run: 'say("run"); usleep(300000); say("ran"); return plug_put(out, "done");',
        destroy: 'say("destroyed"); free(plugin);',
        extension: `return strcmp(id, PLUG_FILTER) ? NULL : &filter;`,
      }),
      ['-pthread'],
    );
  });

  test('and forgotten is ended by the garbage collector, its state first', () => {
    const outcome = ended(
      `(() => plughost.loadPlugin(${JSON.stringify(plugin)}).filter.test('x'))();
       await later(0); gc(); await later(100); console.log('alive');`,
      ['--expose-gc'],
    );
    expect(outcome).toEqual(clean('alive\n'));
    expect(logged().splice(0)).toEqual(['state', 'state freed', 'destroyed']);
  });

  test('is left alone while a capability of it is in use, though the plugin itself is forgotten', () => {
    const outcome = ended(
      `let filter = (() => plughost.loadPlugin(${JSON.stringify(plugin)}).filter)();
       await later(0); gc(); await later(50); console.log(filter.test('x'));`,
      ['--expose-gc'],
    );
    expect(outcome).toEqual(clean('true\n'));
  });

  test('in a worker is ended with it, its state first', () => {
    const before = logged().length;
    const outcome = inWorker(
      `const plugin = plughost.loadPlugin(${JSON.stringify(plugin)});
       globalThis.kept = plugin; plugin.filter.test('x');`,
      `console.log(await exited);`,
    );
    expect(outcome).toEqual(clean('0\n'));
    expect(logged().slice(before)).toEqual(['state', 'state freed', 'destroyed']);
  });

  test('in a worker that is terminated in the middle of a call is ended after that call', () => {
    const before = logged().length;
    const outcome = inWorker(
      `const plugin = plughost.loadPlugin(${JSON.stringify(plugin)});
       plugin.runAsync().then(() => {}); parentPort.postMessage('running');`,
      `await message; await later(50); console.log(await worker.terminate());
       console.log(plughost.loadPlugin(${JSON.stringify(plugin)}).name);`,
    );
    expect(outcome).toEqual(clean('1\nTest\n'));
    expect(logged().slice(before)).toEqual(['run', 'ran', 'destroyed']);
  });

  test('by one thread and closed by it is of no harm to another', () => {
    const outcome = inWorker(
      `const plugin = plughost.loadPlugin(${JSON.stringify(plugin)});
       parentPort.on('message', () => { parentPort.postMessage(plugin.filter.test('x')); parentPort.close(); });
       parentPort.postMessage('ready');`,
      `await message;
       const library = plughost.open(${JSON.stringify(plugin)});
       const plugin = plughost.loadPlugin(library);
       library.close();
       worker.postMessage('go');
       console.log(await new Promise((resolve) => worker.on('message', resolve)), plugin.closed);
       await exited;
       console.log(plughost.open(${JSON.stringify(plugin)}).generation);`,
    );
    expect(outcome).toEqual(clean('true true\n2\n'));
  });

  test.each([
    ['process.exit()', 'process.exit()'],
    ['its own end', ''],
  ])('and is at work when the process ends by %s does not keep it from ending', (_, end) => {
    const outcome = ended(
      `const plugin = plughost.loadPlugin(${JSON.stringify(plugin)});
       plugin.runAsync().then(() => console.log('ran'));
       await later(50); ${end}`,
    );
    expect(outcome).toEqual(clean(end ? '' : 'ran\n'));
  });
});

describe.skipIf(noCompiler)(`a plugin with threads of its own${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test.each([
    ['exits', 'process.exit(3)', 3],
    ['comes to its end', 'process.exitCode = 3', 3],
  ])('that still call the host does no harm when the process %s', (_, end, status) => {
    const plugin = compile(
      scratch,
      `threads-${status}-${end.length}`,
      pluginSource({
        head: `#include <pthread.h>
static const plug_host *host_;
static const plug_bytes hello = {(const uint8_t *)"hello", 5};
static void *chatter(void *unused) { for (;;) { host_->log(host_, PLUG_LOG_INFO, hello); host_->now_ns(host_); } return unused; }`,
        init: 'host_ = host; for (int i = 0; i < 4; i++) { pthread_t thread; pthread_create(&thread, NULL, chatter, NULL); } return 0;',
      }),
      ['-pthread'],
    );
    const outcome = ended(
      `plughost.onPluginLog(() => {});
       console.log(plughost.loadPlugin(${JSON.stringify(plugin)}).run()); await later(50); ${end};`,
    );
    expect(outcome).toEqual({ status, signal: null, stdout: 'done\n', stderr: '' });
  });
});

describe.skipIf(noCompiler)(
  `opening in several threads at once${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    test('runs the constructors once, whoever comes first', () => {
      const path = compile(
        scratch,
        'once',
        `#include <unistd.h>
       int started; __attribute__((constructor)) static void start(void) { usleep(100000); started++; }`,
      );
      const outcome = ended(
        `const code = ${JSON.stringify(`${workerHead}
         parentPort.once('message', () => {
           const library = plughost.open(${JSON.stringify(path)});
           const same = library === plughost.open(${JSON.stringify(path)});
           parentPort.postMessage([same, library.generation, library.lookup('started', 'data').view('int').value]);
         });`)};
       const workers = Array.from({ length: 6 }, () => new Worker(code, { eval: true }));
       for (const worker of workers) worker.postMessage('go');
       const answers = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.on('message', resolve))));
       console.log(JSON.stringify([...new Set(answers.map((answer) => JSON.stringify(answer)))]));
       for (const worker of workers) await worker.terminate();`,
      );
      expect(outcome).toEqual(clean('["[true,1,1]"]\n'));
    });

    test('finds what another thread opened although the file changed meanwhile', () => {
      const old = compile(scratch, 'shared-old', 'int version(void) { return 1; }');
      const next = compile(scratch, 'shared-next', 'int version(void) { return 2; } int another(void) { return 3; }');
      const outcome = inWorker(
        `parentPort.once('message', () => {
         const library = plughost.open(${JSON.stringify(old)});
         parentPort.postMessage([library.symbols().length, library.lookup('version', 'function').declare('int', [])(), library.stale]);
       });
       parentPort.postMessage('ready');`,
        `await message;
       plughost.open(${JSON.stringify(old)});
       (await import('node:fs')).renameSync(${JSON.stringify(next)}, ${JSON.stringify(old)});
       worker.postMessage('go');
       console.log(JSON.stringify(await new Promise((resolve) => worker.on('message', resolve))));`,
      );
      expect(outcome).toMatchObject({ status: 0, stdout: '[1,1,true]\n' });
      expect(outcome.stderr).toContain(`[PLUGHOST_STALE] Warning: ${old} was changed since it was opened`);
    });

    test.each([
      ['with init and destroy is initialised once and destroyed once', true],
      ["without them is another thread's when its owner has ended", false],
    ])('gives a plugin that is a data object to one of them; one %s', (_, once) => {
      const log = join(scratch, `shared-${once}.log`);
      const say = (word: string) => `FILE *log = fopen("${log}", "a"); fprintf(log, "${word}\\n"); fclose(log);`;
      const path = compile(
        scratch,
        `one-${once}`,
        pluginSource({
          shared: true,
          head: '#include <stdio.h>',
          run: `${say('run')} return plug_put(out, "done");`,
          ...(once && { init: `${say('init')} return PLUG_OK;`, destroy: say('destroyed') }),
        }),
      );
      const outcome = ended(
        `const code = ${JSON.stringify(`${workerHead}
         parentPort.once('message', () => {
           try {
             globalThis.kept = plughost.loadPlugin(${JSON.stringify(path)});
             parentPort.postMessage(kept.run());
           } catch (error) {
             parentPort.postMessage(error.code);
           }
           parentPort.once('message', () => process.exit());
         });`)};
       const workers = Array.from({ length: 6 }, () => new Worker(code, { eval: true }));
       for (const worker of workers) worker.postMessage('go');
       const answers = await Promise.all(workers.map((worker) => new Promise((resolve) => worker.on('message', resolve))));
       console.log(answers.sort().join());
       for (const worker of workers) {
         const exited = new Promise((resolve) => worker.on('exit', resolve));
         worker.postMessage('end');
         await exited;
       }
       try { console.log(plughost.loadPlugin(${JSON.stringify(path)}).run()); } catch (error) { console.log(error.message); }`,
      );
      const shared = 'NewPlugin is a data object, which is one instance';
      const afterwards = once
        ? `load plugin ${path}: ${shared}, and it was closed, after which it cannot be initialised again`
        : 'done';
      expect(outcome).toEqual(clean(`${'ERR_PLUGIN_SHARED,'.repeat(5)}done\n${afterwards}\n`));
      expect(readFileSync(log, 'utf8')).toBe(once ? 'init\nrun\ndestroyed\n' : 'run\nrun\n');
    });

    test('fails at once when a constructor opens its own library', () => {
      const path = compile(
        scratch,
        'itself',
        `#include <stdint.h>
       #include <stdlib.h>
       __attribute__((constructor)) static void start(void) {
         const char *address = getenv("PLUGHOST_TEST_CALLBACK");
         if (address) ((void (*)(void))(uintptr_t)strtoull(address, NULL, 10))();
       }`,
      );
      const outcome = ended(
        `const { createRequire } = await import('node:module');
       const koffi = createRequire(${JSON.stringify(plughost)})('koffi');
       const open = () => { try { plughost.open(${JSON.stringify(path)}); console.log('opened'); } catch (error) { console.log(error.code, error.message); } };
       process.env.PLUGHOST_TEST_CALLBACK = koffi.address(koffi.register(open, koffi.pointer(koffi.proto('void', [])))).toString();
       open();`,
      );
      expect(outcome).toEqual(
        clean(`ERR_OPEN plugin.Open("${path}"): ${path}: it is opened by its own constructor\nopened\n`),
      );
    });
  },
);
