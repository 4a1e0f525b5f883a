import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/inspect/inspect.js';
import type { Inspection } from '../../src/inspect/inspection.js';
import { findNeeded } from '../../src/inspect/needed.js';
import { differences, filesBelow } from './comparing.js';

// Compares `inspect` of every library of this system with the tools of binutils and with ld.so.

const noTools = ['nm', 'readelf', 'ldd'].find((tool) => spawnSync(tool, ['--version']).error);
const FOLDERS = ['/lib', '/usr/lib', '/usr/local/lib'];

function isElfLibrary(path: string): boolean {
  const head = Buffer.alloc(18);
  const fd = openSync(path, 'r');
  readSync(fd, head);
  closeSync(fd);
  return head.toString('latin1', 0, 4) === '\x7fELF' && head.readUInt16LE(16) === 3;
}

function librariesOfSystem(): string[] {
  const found = new Set<string>();
  for (const folder of FOLDERS) {
    for (const path of existsSync(folder) ? filesBelow(folder) : []) {
      if (/\.so(\.[\d.]+)?$/.test(path)) found.add(realpathSync(path));
    }
  }
  return [...found].filter(isElfLibrary).sort();
}

/** Returns what a tool prints about each of many files: the lines after a line from which `headOf` returns the file. */
async function linesByFile(
  tool: string,
  flags: string[],
  files: string[],
  headOf: (line: string) => string | undefined,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>(files.map((file) => [file, []]));
  for (let i = 0; i < files.length; i += 100) {
    const child = spawn(tool, [...flags, ...files.slice(i, i + 100)], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    let lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      const head = headOf(line);
      if (head === undefined) lines.push(line);
      else lines = found.get(head) ?? [];
    }
  }
  return found;
}

/** Returns the names from nm that dlsym would find: without local and hidden symbols and old versions. */
const namesByNm = (lines: string[], hidden: Set<string>) =>
  lines
    // A lower-case letter is a local symbol, except for indirect functions (i) and unique symbols (u).
    .filter((line) => !/ [a-hj-tv-z] /.test(line))
    .map((line) => line.split(' ').at(-1) ?? '')
    .filter((name) => name !== '' && !/[^@]@[^@]/.test(name))
    .map((name) => name.replace(/@@.*$/, ''))
    .filter((name) => !hidden.has(name));

const KINDS: Record<string, string> = {
  FUNC: 'function',
  IFUNC: 'function',
  OBJECT: 'data',
  TLS: 'data',
  COMMON: 'data',
  '<OS specific>: 10': 'function',
};

/** Returns the rows of readelf's table that dlsym finds, and the names of the other rows. */
function symbolsByReadelf(lines: string[]) {
  const exports: { kind: string | undefined; size: number; name: string }[] = [];
  const hidden = new Set<string>();
  const imports: string[] = [];
  for (const line of lines) {
    const row =
      /^\s*\d+: [\da-f]+\s+(\w+) (\w+|<.*?>: \d+)\s+(\w+|<.*?>: \d+)\s+(\w+)\s+(?:\[.*\]\s+)?(\w+) (\S+)/.exec(line);
    if (!row) continue;
    const [, size, type = '', binding, visibility, section, full = ''] = row;
    const name = full.replace(/@.*$/, '');
    if (binding === 'LOCAL' || type === 'SECTION' || type === 'FILE') continue;
    if (section === 'UND') imports.push(`${name} ${binding === 'WEAK'}`);
    // Linkers put some hidden symbols into the table (__start_SECTION), and nm does not show their visibility.
    else if (visibility === 'HIDDEN' || visibility === 'INTERNAL') hidden.add(name);
    else if (!/[^@]@[^@]/.test(full)) {
      const kind = type === 'NOTYPE' ? undefined : (KINDS[type] ?? type);
      exports.push({ kind, size: Number(size), name });
    }
  }
  return { exports, hidden, imports };
}

const dynamicByReadelf = (lines: string[]) => ({
  needed: lines.flatMap((line) => /\(NEEDED\)\s+Shared library: \[(.*)\]/.exec(line)?.[1] ?? []),
  runPath: lines.flatMap((line) =>
    (/\((?:RUNPATH|RPATH)\)\s+Library (?:runpath|rpath): \[(.*)\]/.exec(line)?.[1] ?? '').split(':').filter(Boolean),
  ),
  executableStack: !lines.some((line) => /GNU_STACK.*\sRW /.test(line)),
  relro: !lines.some((line) => line.includes('GNU_RELRO'))
    ? 'none'
    : lines.some((line) => /\(BIND_NOW\)|Flags:.*\bNOW\b|\(FLAGS\).*BIND_NOW/.test(line))
      ? 'full'
      : 'partial',
  textRelocations: lines.some((line) => /\(TEXTREL\)|\(FLAGS\).*TEXTREL/.test(line)),
});

const dynamicOf = ({ needed, runPath, hardening }: Inspection) => ({ needed, runPath, ...hardening });

describe.skipIf(noTools)(
  `the libraries of this system${noTools ? ` (skipped: there is no ${noTools})` : ''}`,
  async () => {
    const files = noTools ? [] : librariesOfSystem();
    const inspections = new Map(files.map((file) => [file, inspect(file, { imports: true })]));
    const tables = noTools
      ? new Map<string, string[]>()
      : await linesByFile('readelf', ['--dyn-syms', '-W'], files, (line) => /^File: (.*)$/.exec(line)?.[1]);
    const rowsOf = (file: string) => symbolsByReadelf(tables.get(file) ?? []);

    test(`all ${files.length} export what nm shows`, { timeout: 300_000 }, async () => {
      expect(files.length).toBeGreaterThan(50);
      const shown = await linesByFile('nm', ['-D', '--defined-only'], files, (line) => /^(\/.*):$/.exec(line)?.[1]);
      for (const [file, { symbols }] of inspections) {
        const names = namesByNm(shown.get(file) ?? [], rowsOf(file).hidden);
        const ours = symbols.map(({ name }) => name);
        expect(differences(ours, names), file).toEqual([]);
      }
    });

    test(`all ${files.length} export and import what readelf shows, of that kind and size`, {
      timeout: 300_000,
    }, async () => {
      for (const [file, { symbols, imports = [] }] of inspections) {
        const rows = rowsOf(file);
        const kinds = new Map(symbols.map(({ name, kind }) => [name, kind]));
        const ours = symbols.map(({ kind, size, name }) => `${kind} ${size} ${name}`);
        // The kind of a symbol without a type depends on its section, which these rows do not show.
        const theirs = rows.exports.map(({ kind, size, name }) => `${kind ?? kinds.get(name)} ${size} ${name}`);
        expect(differences(ours, theirs), file).toEqual([]);
        const taken = imports.map(({ name, optional }) => `${name} ${optional}`);
        expect(differences(taken, rows.imports), file).toEqual([]);
      }
    });

    test(`all ${files.length} need, look for and ask for what readelf shows`, { timeout: 300_000 }, async () => {
      const shown = await linesByFile('readelf', ['-dlW'], files, (line) => /^File: (.*)$/.exec(line)?.[1]);
      for (const [file, inspection] of inspections) {
        expect(dynamicOf(inspection), file).toEqual(dynamicByReadelf(shown.get(file) ?? []));
      }
    });

    test('a sample find what they need where ld.so finds it', { timeout: 120_000 }, () => {
      const sample = files.filter((_, i) => i % Math.ceil(files.length / 60) === 0);
      for (const file of sample) {
        const { stdout } = spawnSync('ldd', [file], { encoding: 'utf8' });
        for (const { name, state, path } of findNeeded(file, inspections.get(file) as Inspection)) {
          const found = stdout
            .split('\n')
            .map((line) => /^\s*(\S+) => (\/\S+)/.exec(line))
            .find((match) => match?.[1] === name)?.[2];
          const missing = stdout.includes(`${name} => not found`);
          if (missing) expect(state, `${file}: ${name}`).toBe('missing');
          else if (found) expect(path && realpathSync(path), `${file}: ${name}`).toBe(realpathSync(found));
        }
      }
    });
  },
);
