// Runs the scenarios of the parity table with plughost. Prints a line for each: the row's number, a colon, and the
// outcome without paths. go/host.go does the same with Go's plugin package.
//
//   node host.mjs WORK
import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { loadPlugin, loadPlugins, open } from '../../dist/index.js';

const value = (library, name) => library.lookup(name, 'data').view('int');
const call = (library, name) => library.lookup(name, 'function').declare('int', [])();

if (parentPort) {
  const library = open(workerData);
  const same = library === open(workerData);
  parentPort.postMessage({ same, address: library.lookup('Loaded').address, loaded: value(library, 'Loaded').value });
} else {
  process.on('warning', () => {});
  await scenarios(process.argv[2]);
}

async function scenarios(work) {
  const inside = (name) => join(work, name);
  const say = (row, text) => console.log(`${row}: ${text.replaceAll(work, 'WORK')}`);
  const caught = (action) => {
    try {
      action();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  // After Go's text follows the system's reason, which Go leaves out.
  const reason = (name) => caught(() => open(name))?.message.replace(/(realpath failed): .*/, '$1') ?? 'opened';
  const copy = (from, to) => {
    rmSync(to, { force: true });
    copyFileSync(from, to);
  };
  process.chdir(work);

  say(1, reason('nowhere.so'));
  const first = open(inside('one.so'));
  symlinkSync(inside('one.so'), 'link.so');
  say(2, `./name is the same: ${open('./one.so') === first}, a symlink is the same: ${open('link.so') === first}`);
  renameSync('one.so', 'one.away');
  say(3, `gone: ${reason(inside('one.so'))}`);
  renameSync('one.away', 'one.so');
  say(3, `back: the same: ${open(inside('one.so')) === first}`);
  renameSync('one.so', 'one.away');
  copy('two.so', 'one.so');
  say(4, `another file at the path gives the old: ${open(inside('one.so')) === first}`);
  renameSync('one.away', 'one.so');
  rmSync('link.so');
  symlinkSync(inside('two.so'), 'link.so');
  say(5, `a symlink that leads elsewhere gives another: ${open('link.so') !== first}`);
  mkdirSync('sub');
  process.chdir('sub');
  say(5, `after chdir the same name: ${reason('one.so')}`);
  process.chdir(work);
  say(6, reason(inside('undefined.so')));
  writeFileSync('mended.so', 'not yet');
  const failed = reason(inside('mended.so')) !== 'opened';
  copy('three.so', 'mended.so');
  say(7, `a text file fails: ${failed}, mended it opens: ${reason(inside('mended.so')) === 'opened'}`);
  say(
    8,
    `a refused version says the same again: ${new Set([reason(inside('version.so')), reason(inside('version.so'))]).size === 1}`,
  );
  copy('two.so', 'copy.so');
  say(
    9,
    `a copy of what is open: ${reason(inside('copy.so'))
      .replace(/(loaded).*/, '$1')
      .replaceAll('.so', '')}`,
  );
  copy('four.so', 'no-suffix');
  say(10, `a file without a suffix: ${reason(inside('no-suffix'))}`);
  say(11, `a plain C library opens: ${reason(inside('plain.so')) === 'opened'}`);
  const after = value(first, 'Loaded').value;
  open(inside('one.so'));
  say(12, `the initialiser ran ${after} times after the first open, ${value(first, 'Loaded').value} after another`);
  const threads = await Promise.all(
    Array.from({ length: 4 }, () => {
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: inside('slow.so') });
      return new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
    }),
  );
  const same = threads.every((thread) => thread.same && thread.address === threads[0].address);
  say(13, `four at once get the same: ${same}, the initialiser ran ${threads.at(-1).loaded} times`);
  const broken = [1, 2].map(() => caught(() => loadPlugin(inside('fails.so'))));
  say(14, `after an initialiser that failed: ${broken.every(Boolean) ? 'an error at once' : 'no error'}`);
  say(15, `it can be closed: ${typeof first.close === 'function'}`);
  const missing = caught(() => first.lookup('puts'));
  say(16, `puts of libc is found: ${!missing}`);
  say(17, missing.message.replace(/\S+$/, 'IDENTITY'));
  const counter = value(first, 'Counter');
  counter.value = 41;
  const next = call(first, 'Next');
  say(18, `written 41, the plugin counts on to ${next}, and a view shows ${value(first, 'Counter').value}`);
  say(19, `two lookups are equal: ${new Set([first.lookup('Counter'), first.lookup('Counter')]).size === 1}`);
  say(20, `a wrong type: ${caught(() => first.lookup('Counter', 'function'))?.code ? 'an error' : 'panic'}`);
  const kinds = ['Value', 'Factory'].map((name) =>
    first.lookup(name).kind === 'data'
      ? `a value, ${value(first, name).value}`
      : `a function that gives ${call(first, name)}`,
  );
  say(21, kinds.join('; '));
  say(
    22,
    `built with another minor version of what both share: ${caught(() => open(inside('minor.so'))) ? 'refused' : 'opened'}`,
  );
  say(24, `symbols can be listed: ${typeof first.symbols === 'function'}`);
  const helpers = ['helper-a.so', 'helper-b.so'].map((name) => call(open(inside(name)), 'Which'));
  say(25, `each plugin calls its own helper: ${helpers.join() === '1,2'}`);
  say(26, `a NUL in the path: ${reason(inside('one.so\0x')) === 'opened' ? 'opened' : 'refused'}`);
  const { plugins, failures } = loadPlugins(inside('folder'));
  const names = (paths) => `[${paths.map((path) => basename(path)).join(' ')}]`;
  say(27, `loaded ${names(plugins.map(({ path }) => path))}, failed ${names(failures.map(({ path }) => path))}`);
  const error = caught(() => loadPlugin(inside('nowhere.so')));
  say(28, `the first error is reachable: ${error.cause instanceof Error}`);
}
