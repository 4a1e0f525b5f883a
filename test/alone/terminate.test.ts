import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { exec, seen } from '../e2e/command.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

// A worker thread that is terminated, whatever it is doing with plugins, takes nothing along: each in a process of its
// own, which says so at its end.

const scratch = makeScratch();
const plughost = pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href;

async function ended(main: string, worker: string, env: Record<string, string> = {}) {
  const module = `import { once } from 'node:events';
    import { existsSync, writeFileSync } from 'node:fs';
    import { setImmediate as turn } from 'node:timers/promises';
    import { Worker } from 'node:worker_threads';
    const code = ${JSON.stringify(`import * as plughost from ${JSON.stringify(plughost)};\n${worker}`)};
    ${main}`;
  return seen(await exec(process.execPath, ['--input-type=module', '-e', module], { env }));
}

const PHASES = [
  'constructor',
  'NewPlugin',
  'init',
  'name',
  'extension',
  'run',
  'state_new',
  'match',
  'state_free',
  'destroy',
  'declared',
];

describe.skipIf(noCompiler)(`worker.terminate()${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  let plugin: string;
  beforeAll(() => {
    plugin = compile(
      scratch,
      'terminated',
      pluginSource({
        head: `#include <fcntl.h>
#include <unistd.h>
static void hold(const char *phase) {
  const char *wanted = getenv("PLUGHOST_TEST_PHASE");
  if (!wanted || strcmp(wanted, phase)) return;
  close(creat(getenv("PLUGHOST_TEST_ENTERED"), 0600));
  while (access(getenv("PLUGHOST_TEST_LEAVE"), F_OK)) usleep(1000);
}
__attribute__((constructor)) static void start(void) { hold("constructor"); }
PLUG_EXPORT int declared(int value) { return hold("declared"), value; }
PLUG_EXPORT_DATA int table[4] = {1, 2, 3, 4};
static void *state_new(const plug_plugin *plugin, plug_error *error) { hold("state_new"); return malloc(1); }
static void state_free(const plug_plugin *plugin, void *state) { hold("state_free"); free(state); }
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) { return hold("match"), 1; }
static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .state_new = state_new,
  .state_free = state_free, .match = match};
static plug_plugin *fresh(void) { hold("NewPlugin"); return malloc(sizeof(plug_plugin)); }
#define malloc(size) ((size) == sizeof(plug_plugin) ? fresh() : malloc(size))`,
        name: 'hold("name"); return "Test";',
        init: 'hold("init"); return PLUG_OK;',
        run: 'hold("run"); return plug_put(out, "done");',
        destroy: 'hold("destroy"); free(plugin);',
        extension: 'hold("extension"); return strcmp(id, PLUG_FILTER) ? NULL : &filter;',
      }),
    );
  });

  test.concurrent.each(PHASES)('in the middle of %s: the call comes to its end, and then the thread', async (phase) => {
    const outcome = await ended(
      `const { PLUGHOST_TEST_ENTERED: entered, PLUGHOST_TEST_LEAVE: leave } = process.env;
       const worker = new Worker(code, { eval: true });
       const gone = once(worker, 'exit');
       while (!existsSync(entered)) await turn();
       worker.terminate();
       writeFileSync(leave, '');
       await gone;
       delete process.env.PLUGHOST_TEST_PHASE;
       const { loadPlugin } = await import(${JSON.stringify(plughost)});
       const again = loadPlugin(${JSON.stringify(plugin)}, { needs: ['filter'] });
       console.log(again.run(), again.filter.test('x'));`,
      `const plugin = plughost.loadPlugin(${JSON.stringify(plugin)}, { needs: ['filter'] });
       plugin.run();
       plugin.filter.test('x');
       plughost.open(plugin.path).lookup('declared', 'function').declare('int', ['int'])(1);
       plugin.close();`,
      {
        PLUGHOST_TEST_PHASE: phase,
        PLUGHOST_TEST_ENTERED: join(scratch, `${phase}.entered`),
        PLUGHOST_TEST_LEAVE: join(scratch, `${phase}.leave`),
      },
    );
    expect(outcome).toEqual({ status: 0, stdout: 'done true\n', stderr: '' });
  });

  // What is done over and over is met at every point of it.
  test.concurrent.each([
    ['loads and closes', 'plughost.loadPlugin(path).close();'],
    ['opens and looks up', "const library = plughost.open(path); library.lookup('declared'); library.close();"],
    ['is refused', 'try { plughost.loadPlugin(path, { config: { unknown: 1 } }); } catch {}'],
    ['runs', 'plugin.run();'],
    ['runs on another thread', 'await plugin.runAsync();'],
    ['asks about lines', "plugin.filter.test('x');"],
    ['calls a declared function', "plughost.open(path).lookup('declared', 'function').declare('int', ['int'])(1);"],
    [
      'reads and writes a variable',
      "const view = library.lookup('table', 'data').view('int'); view.value = view.value;",
    ],
  ])('of a thread that %s', async (_, again) => {
    const outcome = await ended(
      `for (let round = 0; round < 6; round++) {
         const rounds = new Int32Array(new SharedArrayBuffer(4));
         const worker = new Worker(code, { eval: true, workerData: rounds });
         const gone = once(worker, 'exit');
         while (Atomics.load(rounds, 0) < 3) await turn();
         worker.terminate();
         await gone;
       }
       console.log('alive');`,
      `import { workerData as rounds } from 'node:worker_threads';
       const path = ${JSON.stringify(plugin)};
       const library = plughost.open(path);
       const plugin = plughost.loadPlugin(path, { needs: ['filter'] });
       for (;;) { ${again} Atomics.add(rounds, 0, 1); }`,
    );
    expect(outcome).toEqual({ status: 0, stdout: 'alive\n', stderr: '' });
  });

  test.concurrent('while it starts', async () => {
    const outcome = await ended(
      `for (let turns = 0; turns < 60; turns += 4) {
         const worker = new Worker(code, { eval: true });
         const gone = once(worker, 'exit');
         await once(worker, 'online');
         for (let i = 0; i < turns * turns; i++) await turn();
         worker.terminate();
         await gone;
       }
       console.log('alive');`,
      `plughost.loadPlugin(${JSON.stringify(plugin)}).close();`,
    );
    expect(outcome).toEqual({ status: 0, stdout: 'alive\n', stderr: '' });
  });

  test.concurrent('process.exit() of the main thread meanwhile', async () => {
    const outcome = await ended(
      `const rounds = new Int32Array(new SharedArrayBuffer(4));
       for (let i = 0; i < 4; i++) new Worker(code, { eval: true, workerData: rounds });
       while (Atomics.load(rounds, 0) < 12) await turn();
       process.exit(3);`,
      `import { workerData as rounds } from 'node:worker_threads';
       for (;;) {
         const plugin = plughost.loadPlugin(${JSON.stringify(plugin)}, { needs: ['filter'] });
         plugin.filter.test(plugin.run());
         plugin.close();
         Atomics.add(rounds, 0, 1);
       }`,
    );
    expect(outcome).toEqual({ status: 3, stdout: '', stderr: '' });
  });
});
