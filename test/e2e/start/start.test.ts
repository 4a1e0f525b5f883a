import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFolder } from '../../../src/addon.js';
import { makeScratch } from '../../helpers/compile.js';
import { builtIn, plainEnvironment, ROOT } from '../command.js';

const scratch = makeScratch();
const WATCH = join(import.meta.dirname, 'watch.cjs');
const log = join(scratch, 'small.log');
writeFileSync(log, 'a line with x\nanother one\n');
const STARTS = {
  load: ['load', builtIn('greet')],
  run: ['run', log, '--filter', 'contains', '-p', 'text=x'],
  list: ['list'],
};

interface Seen {
  stdout: string;
  status: number | null;
  /** The files that were read or opened, without those of the system. */
  files: string[];
  /** Node's modules that were loaded after those of `node` itself. */
  builtins: string[];
  /** Whether V8 has rejected the compiled form; null when there was none to use. */
  rejected: (boolean | null)[];
}

/** Runs the command of a folder and returns what its start has loaded. */
function start(args: readonly string[], root = ROOT, flags: string[] = []): Seen {
  const { stdout, stderr, status, output } = spawnSync(
    process.execPath,
    [...flags, '--require', WATCH, join(root, 'bin/host.js'), ...args],
    {
      env: { ...plainEnvironment(), PLUGHOST_BUILD: buildFolder },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
  const { files, ...seen } = JSON.parse(output[3] ?? '');
  const own = [...new Set(files as string[])].map((file) => (file.startsWith(root) ? relative(root, file) : file));
  return { stdout, status, files: own, ...seen };
}

/** Returns the packages whose files are in a file of the command, by its source map. */
function packagesIn(name: string): string[] {
  const { sources } = JSON.parse(readFileSync(join(ROOT, 'dist', `${name}.cjs.map`), 'utf8'));
  const names = (sources as string[]).map((source) => /node_modules\/((@[^/]+\/)?[^/]+)/.exec(source)?.[1]);
  return [...new Set(names.filter((one) => one !== undefined))].sort();
}

/** Node's modules that take long to load, and that few starts need. */
const DEAR = [
  'child_process',
  'crypto',
  'internal/abort_controller',
  'module',
  'net',
  'os',
  'stream',
  'timers/promises',
  'tty',
  'worker_threads',
];

// What is loaded at each start is a part of the time of each start: see the section on loading in docs/performance.md.
describe('a start', () => {
  it.each(['load', 'run'] as const)('of host %s reads the files that it needs, and no other', (command) => {
    const { files } = start(STARTS[command]);
    const dist = files.filter((file) => file.startsWith('dist/'));
    expect(dist).toEqual([`dist/host-${command}.cjs`, `dist/host-${command}.cjs.compiled`]);
    const addons = files.filter((file) => file.endsWith('.node'));
    expect(addons.map((file) => basename(file))).toEqual(['plughost.node', 'koffi.node']);
    // Neither its package nor its JavaScript is looked for.
    expect(files.filter((file) => /node_modules.*(json|js)$/.test(file))).toEqual([]);
  });

  it.each(['load', 'run'] as const)('of host %s loads none of the modules of Node that take long', (command) => {
    const { builtins } = start(STARTS[command]);
    expect(builtins.filter((name) => DEAR.includes(name))).toEqual([]);
  });

  it('of an installed plughost finds the binary of koffi in the package beside it', () => {
    const modules = join(scratch, 'installed/node_modules');
    const root = join(modules, 'plughost');
    mkdirSync(root, { recursive: true });
    for (const folder of ['bin', 'dist']) cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
    symlinkSync(join(ROOT, 'package.json'), join(root, 'package.json'));
    for (const name of ['koffi', '@koromix']) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
    const { files, stdout } = start(STARTS.load, root);
    expect(stdout).toBe('Greeting\nHello from plugin\n');
    expect(files.filter((file) => /node_modules.*js$/.test(file) && !file.startsWith('dist/'))).toEqual([]);
  });

  it('of host load and host run bundles no other packages than these', () => {
    const load = [
      '@cfworker/json-schema',
      'es-module-lexer',
      'fastest-levenshtein',
      'get-east-asian-width',
      'string-width',
      'zod',
    ];
    expect(packagesIn('host-load')).toEqual(load);
    const globs = ['balanced-match', 'brace-expansion', 'minimatch'];
    expect(packagesIn('host-run')).toEqual([...load, ...globs].sort());
  });
});

describe('the compiled form of the command', () => {
  it.each(Object.entries(STARTS))('is used by host %s', (_, args) => {
    expect(start(args).rejected).toEqual([false]);
  });

  it('is not used by a Node with other flags, which does the same', () => {
    const { rejected, status, stdout } = start(STARTS.load, ROOT, ['--no-opt']);
    expect({ rejected, status, stdout }).toEqual({
      rejected: [true],
      status: 0,
      stdout: 'Greeting\nHello from plugin\n',
    });
  });

  /** Copies the command, so that its files can be changed. */
  function copyOfCommand(name: string): { root: string; text: string; form: string } {
    const root = join(scratch, name);
    mkdirSync(root);
    for (const folder of ['bin', 'dist']) cpSync(join(ROOT, folder), join(root, folder), { recursive: true });
    for (const folder of ['node_modules', 'package.json']) symlinkSync(join(ROOT, folder), join(root, folder));
    const text = join(root, 'dist/host-load.cjs');
    return { root, text, form: `${text}.compiled` };
  }

  it.each<[string, (form: string) => void]>([
    ['is missing', (form) => rmSync(form)],
    ['is empty', (form) => truncateSync(form)],
    ['is cut off', (form) => truncateSync(form, 1000)],
    ['is damaged at its end', (form) => truncateSync(form, readFileSync(form).length - 1)],
  ])('is not needed: it %s', (how, damage) => {
    const { root, form } = copyOfCommand(how);
    damage(form);
    const { rejected, stdout } = start(STARTS.load, root);
    expect({ rejected, stdout }).toEqual({ rejected: [null], stdout: 'Greeting\nHello from plugin\n' });
  });

  it('is not used for another text of the same length', () => {
    const { root, text } = copyOfCommand('changed');
    const changed = readFileSync(text, 'latin1').replace('Opens each plugin', 'Loads each plugin');
    writeFileSync(text, changed.replace(/[0-9a-f]{64}\n$/, `${'0'.repeat(64)}\n`), 'latin1');
    const { rejected, stdout } = start(['load', '-h'], root);
    expect(stdout).toContain('Loads each plugin');
    expect(rejected).toEqual([null]);
  });
});
