import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addon } from '../../src/addon.js';
import { open } from '../../src/index.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';
import { clean, ended, workerHead } from '../helpers/own-process.js';
import { thrown } from '../helpers/thrown.js';

// A thread begins to open a library and then commits or aborts. Meanwhile other threads that open a library wait.

const scratch = makeScratch();
const counts = '__attribute__((constructor)) static void start(void) { started++; }';
const library = (name: string) => compile(scratch, name, `int started; ${counts}`);
const STARTED = "lookup('started', 'data').view('int').value";

/** Runs `main` in a process. It starts workers by `start(role)`; all threads share `flags`, to wait for each other. */
const withWorkers = (worker: string, main: string) =>
  ended(`const flags = new Int32Array(new SharedArrayBuffer(64));
    const code = ${JSON.stringify(`${workerHead}
      const { flags, role } = workerData;
      const set = (at) => { Atomics.store(flags, at, 1); Atomics.notify(flags, at); };
      ${worker}`)};
    const waitFor = (at) => Atomics.wait(flags, at, 0);
    const set = (at) => { Atomics.store(flags, at, 1); Atomics.notify(flags, at); };
    const start = (role) => new Worker(code, { eval: true, workerData: { flags, role } });
    const answer = (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    ${main}`);

describe.skipIf(noCompiler)(`opening${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test('of one path by several threads at once is done by one of them', () => {
    const path = JSON.stringify(library('races'));
    const outcome = withWorkers(
      `set(role);
       Atomics.wait(flags, 15, 0);
       const library = plughost.open(${path}, { judge: () => Atomics.add(flags, 14, 1) });
       parentPort.postMessage([library.generation, library.${STARTED}].join());`,
      `const answers = Array.from({ length: 6 }, (_, i) => answer(start(i)));
       for (let i = 0; i < 6; i++) waitFor(i);
       set(15);
       console.log(new Set(await Promise.all(answers)), flags[14]);`,
    );
    expect(outcome).toEqual(clean("Set(1) { '1,1' } 1\n"));
  });

  test.each(['terminated', 'ended by process.exit()'])('by a worker that is %s meanwhile lets others open', (how) => {
    const path = JSON.stringify(library(`leaves-${how.slice(0, 5)}`));
    const leaves = how === 'terminated' ? 'Atomics.wait(flags, 9, 0);' : 'Atomics.wait(flags, 1, 0); process.exit();';
    const outcome = withWorkers(
      `if (role === 'leaves') plughost.open(${path}, { judge() { set(0); ${leaves} } });
       else {
         set(1);
         const library = plughost.open(${path});
         parentPort.postMessage([library.generation, library.${STARTED}].join());
       }`,
      `const leaving = start('leaves');
       waitFor(0);
       const answered = answer(start('waits'));
       waitFor(1);
       ${how === 'terminated' ? 'await leaving.terminate();' : ''}
       console.log(await answered, plughost.open(${path}).${STARTED});`,
    );
    expect(outcome).toEqual(clean('1,1 1\n'));
  });

  test('that the main thread ends by process.exit() does not keep the process', () => {
    const path = JSON.stringify(library('exits'));
    const outcome = withWorkers(
      `const { readlinkSync } = await import('node:fs');
       flags[3] = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
       set(0);
       Atomics.wait(flags, 1, 0);
       set(2);
       plughost.open(${path});`,
      `import { readFileSync } from 'node:fs';
       start('waits');
       waitFor(0);
       // The worker has only one long sleep after this: the wait for its turn.
       const sleeps = () => / S /.test(readFileSync('/proc/self/task/' + flags[3] + '/stat', 'utf8'));
       const untilAsleep = () => { for (let n = 0; n < 50; Atomics.wait(flags, 4, 0, 1)) n = sleeps() ? n + 1 : 0; };
       plughost.open(${path}, { judge() { set(1); waitFor(2); untilAsleep(); process.exit(3); } });`,
    );
    expect(outcome).toEqual({ ...clean(''), status: 3 });
  });

  test('that fails lets another thread open, and can be done again', () => {
    const path = JSON.stringify(library('fails'));
    const outcome = withWorkers(
      `set(0);
       Atomics.wait(flags, 1, 0);
       set(2);
       parentPort.postMessage(plughost.open(${path}).${STARTED});`,
      `const answered = answer(start('waits'));
       waitFor(0);
       const refuse = () => { set(1); waitFor(2); throw new Error('refused'); };
       try { plughost.open(${path}, { judge: refuse }); } catch (error) { console.log(error.message); }
       console.log(await answered, plughost.open(${path}).${STARTED});`,
    );
    expect(outcome).toEqual(clean('refused\n1 1\n'));
  });

  test('may open other libraries on the way, but not itself', () => {
    const [path, other] = [library('outer'), library('inner')];
    const found: unknown[] = [];
    const outer = open(path, {
      judge() {
        found.push(thrown(() => open(path)).message, open(other).path);
      },
    });
    expect(found).toEqual([`plugin.Open("${path}"): ${path}: it is opened by its own constructor`, other]);
    expect(outer.path).toBe(path);
    expect(open(other).generation).toBe(1);
  });

  test('is of one thread, which begins before it commits, and once', () => {
    const { registry } = addon();
    const path = library('direct');
    const loaded = { file: path, id: '', description: '{}' };
    const codeOf = (call: () => unknown) => {
      try {
        return call();
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    expect([codeOf(() => registry.commit(path, loaded)), registry.abort(path)]).toEqual(['NOT_BEGUN', undefined]);
    expect(codeOf(() => registry.begin(join(scratch, 'libnone.so')))).toBe('GONE');
    expect(registry.begin(path)).toBe(null);
    expect(codeOf(() => registry.begin(path))).toBe('OPENS_ITSELF');
    // commit() fails because nothing was loaded, and it ends the opening.
    expect(codeOf(() => registry.commit(path, loaded))).toBe('PIN');
    expect(codeOf(() => registry.commit(path, loaded))).toBe('NOT_BEGUN');
    registry.begin(path);
    registry.abort(path);
    registry.abort(path);
    expect(open(path).generation).toBe(1);
  });
});
