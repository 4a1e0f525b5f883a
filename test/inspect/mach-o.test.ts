import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/inspect/inspect.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { type TinyMachO, type TinyTrie, tinyMachO, tinyTrie, universal } from './tiny-mach-o.js';
import { because, build, builtFor, kinds, lines, SOURCE, without } from './tools.js';

const scratch = makeScratch();

function write(name: string, bytes: Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

const here = process.arch === 'x64' ? 'x86_64' : 'aarch64';
const machines = { x86_64: 0x01000007, aarch64: 0x0100000c };

/** Returns a tree that is one long branch. */
function deep(length: number): TinyTrie {
  let tree: TinyTrie = { symbol: [0, 0x10] };
  for (let i = 0; i < length; i++) tree = { edges: { x: tree } };
  return tree;
}

const missing = without('zig', 'llvm-nm', 'llvm-objdump');

describe.skipIf(missing)(`a library of macOS that was compiled${because(missing)}`, () => {
  const built = new Map<string, string>();
  const dylib = (architecture: string, ...flags: string[]) => {
    const name = [architecture, ...flags].join('').replaceAll('/', '_');
    const paths = ['-Wl,-rpath,@loader_path/near', '-Wl,-rpath,/opt/far'];
    const compiler = ['zig', 'cc', '-target', `${architecture}-macos`, ...flags, ...paths];
    const path = built.get(name) ?? build(scratch, compiler, `${name}.dylib`, SOURCE);
    built.set(name, path);
    return path;
  };

  test.each(['x86_64', 'aarch64'] as const)(
    'for %s shows what llvm-nm and llvm-objdump show',
    { timeout: 300_000 },
    (architecture) => {
      const path = dylib(architecture);
      const objdump = (flag: string) => lines('llvm-objdump', ['--macho', flag, path]).slice(1).filter(Boolean);
      const inspection = inspect(path, { imports: true });
      expect(inspection).toMatchObject({
        format: 'Mach-O',
        bits: 64,
        endian: 'little',
        architecture,
        os: 'macos',
        // The first line is its own name.
        needed: objdump('--dylibs-used')
          .slice(1)
          .map((line) => line.trim().replace(/ \(.*$/, '')),
        runPath: objdump('--rpaths'),
        hardening: {
          executableStack: objdump('--private-headers').some((line) => line.includes('ALLOW_STACK_EXECUTION')),
          signed: objdump('--private-headers').some((line) => line.includes('LC_CODE_SIGNATURE')),
        },
        manifest: {
          abi: { major: 1, minor: 2 },
          compiler: expect.stringMatching(/^clang .*-darwin$/),
          json: '{ "id": "a.b" }',
        },
      });
      const tree = objdump('--exports-trie').flatMap((line) => {
        const [, offset = '', name] = /^0x([\dA-F]+) {2}_(\S+)/.exec(line) ?? [];
        return name ? [{ name, offset: Number.parseInt(offset, 16) }] : [];
      });
      expect(inspection.symbols.map(({ name, offset }) => ({ name, offset }))).toEqual(tree);
      const defined = lines('llvm-nm', ['-g', '--defined-only', path]).flatMap(
        (line) => / (\w) _(\w+)$/.exec(line)?.slice(1, 3).join(' ') ?? [],
      );
      expect(kinds(path)).toEqual(
        defined.map((line) => line.replace(/^T/, 'function').replace(/^[DS]/, 'data')).sort(),
      );
      expect(kinds(path)).toEqual(expect.arrayContaining(['data counter', 'data plug_manifest', 'function run']));
      const undefinedNames = lines('llvm-nm', ['-u', path])
        .filter(Boolean)
        .map((name) => name.trim().replace(/^_/, ''));
      expect(inspection.imports?.map(({ name }) => name).sort()).toEqual(undefinedNames.sort());
      expect(new Set(inspection.imports?.map(({ library }) => library))).toEqual(new Set(inspection.needed));
      expect(builtFor(path)).toBe(`${architecture} macos, 64 bits, little endian`);
    },
  );

  test('that is stripped shows the same', { timeout: 300_000 }, () => {
    expect(kinds(dylib('x86_64', '-s'))).toEqual(kinds(dylib('x86_64')));
  });

  const noLipo = ['llvm-lipo', 'llvm-lipo-14'].find((lipo) => !spawnSync(lipo, ['--version']).error) ?? '';
  test.skipIf(!noLipo)('for several architectures is what llvm-lipo makes', { timeout: 300_000 }, () => {
    const path = join(scratch, 'lipo.dylib');
    spawnSync(noLipo, ['-create', dylib('aarch64'), dylib('x86_64'), '-output', path]);
    const { architecture, architectures } = inspect(path);
    const shown = lines(noLipo, ['-archs', path])[0]?.trim().replace('arm64', 'aarch64').split(' ');
    expect({ architecture, architectures }).toEqual({ architecture: here, architectures: shown });
    expect(kinds(path)).toEqual(kinds(dylib(here)));
  });
});

describe('a universal file', () => {
  const part = (name: keyof typeof machines) => ({
    machine: machines[name],
    bytes: tinyMachO({ machine: machines[name], symbols: [{ name: `of_${name}`, address: 16 }] }),
  });
  const foreign = here === 'x86_64' ? 'aarch64' : 'x86_64';

  test.each([
    ['this machine', [here, foreign], here],
    ['this machine, wherever it stands', [foreign, here], here],
    ['the first, when it has none for this machine', [foreign], foreign],
  ] as const)('shows its part for %s', (_, parts, shown) => {
    for (const wide of [false, true]) {
      const { architecture, architectures, symbols } = inspect(write('fat.dylib', universal(parts.map(part), wide)));
      expect({ architecture, architectures, names: symbols.map(({ name }) => name) }).toEqual({
        architecture: shown,
        architectures: parts,
        names: [`of_${shown}`],
      });
    }
  });

  test('that holds something else is refused', () => {
    const path = write('odd.dylib', universal([{ machine: machines[here], bytes: Buffer.from('something else') }]));
    expect(thrown(() => inspect(path)).message).toBe(
      `open plugin ${path}: it is damaged: it holds something that is not Mach-O`,
    );
  });

  test('that is cut off is refused', () => {
    const path = write('cut.dylib', universal([part(here)]).subarray(0, 0x4800));
    expect(thrown(() => inspect(path)).message).toBe(
      `open plugin ${path}: it is cut off or damaged: it ends at byte 18432, and its headers point beyond`,
    );
  });
});

describe('a library of macOS of any class and byte order', () => {
  test.each([
    [64, 'little', 'x86_64', machines.x86_64],
    [64, 'big', 'ppc64', 0x01000012],
    [32, 'little', 'i386', 7],
    [32, 'big', 'ppc', 18],
    [32, 'little', 'machine 99', 99],
  ] as const)('%i bits, %s endian, %s', (bits, endian, architecture, machine) => {
    const tiny: TinyMachO = {
      bits,
      endian,
      machine,
      symbols: [
        { name: 'run', address: 16 },
        { name: 'table', address: 272 },
        { name: 'private', address: 20, type: 0x1f },
        { name: 'local', address: 24, type: 0x0e },
        { name: 'debug', address: 24, type: 0x2f },
      ],
      imports: [{ name: '_exit', library: 2 }, { name: 'maybe', library: 1, weak: true }, { name: 'anywhere' }],
      needed: ['@rpath/libnear.dylib', '/usr/lib/libSystem.B.dylib'],
      runPath: ['@loader_path/lib'],
    };
    expect(inspect(write('tiny.dylib', tinyMachO(tiny)), { imports: true })).toEqual({
      format: 'Mach-O',
      bits,
      endian,
      architecture,
      os: 'macos',
      symbols: [
        { name: 'run', kind: 'function', size: 0, offset: 16 },
        { name: 'table', kind: 'data', size: 0, offset: 272 },
      ],
      needed: ['@rpath/libnear.dylib', '/usr/lib/libSystem.B.dylib'],
      runPath: ['@loader_path/lib'],
      hardening: { executableStack: false, signed: false },
      imports: [
        { name: '_exit', optional: false, library: '/usr/lib/libSystem.B.dylib' },
        { name: 'maybe', optional: true, library: '@rpath/libnear.dylib' },
        { name: 'anywhere', optional: false, library: undefined },
      ],
      manifest: undefined,
    });
  });
});

describe('the tree of exported names', () => {
  const exported = (trie: Uint8Array, more: TinyMachO = {}) =>
    inspect(write('trie.dylib', tinyMachO({ symbols: [{ name: 'unseen', address: 16 }], trie, ...more }))).symbols;

  test('is what counts, not the symbol table', () => {
    const trie = tinyTrie({
      edges: {
        _r: { edges: { un: { symbol: [0, 0x10] }, ust: { symbol: [0, 0x90, 0x02] } } },
        // Re-exported under another name; absolute; thread-local; with a resolver.
        _borrowed: { symbol: [8, 1, 0x5f, 0x78, 0] },
        _fixed: { symbol: [2, 0x20] },
        _tls: { symbol: [1, 0x94, 0x02] },
        _stub: { symbol: [0x10, 0x30, 0x40] },
      },
    });
    expect(exported(trie).map(({ kind, name, offset }) => `${kind} ${name} ${offset}`)).toEqual([
      'function run 16',
      'data rust 272',
      'data fixed 32',
      'data tls 276',
      'function stub 48',
    ]);
  });

  test('that is empty means that the symbol table counts', () => {
    expect(exported(new Uint8Array()).map(({ name }) => name)).toEqual(['unseen']);
  });

  const broken = 'it is damaged: the tree of its exported names is broken';
  test.each<[string, Uint8Array, TinyMachO, string]>([
    ['that leads to itself', Uint8Array.of(0, 1, 0x5f, 0, 0), {}, broken],
    ['whose edge leads out of it', Uint8Array.of(0, 1, 0x5f, 0, 99), {}, broken],
    ['whose text has no end', Uint8Array.of(0, 1, 0x5f, 0x5f), {}, broken],
    ['whose number has no end', new Uint8Array(30).fill(0x80), {}, broken],
    ['that ends early', Uint8Array.of(2, 0), {}, broken],
    ['whose names grow without end', tinyTrie(deep(12_000)), {}, broken],
    [
      'that is longer than the file',
      Uint8Array.of(0, 0),
      { lie: { trie: 4096 } },
      'it is damaged: its headers point outside of it',
    ],
    [
      'that claims to be huge',
      Uint8Array.of(0, 0),
      { lie: { trie: 0x7fffffff } },
      'it claims 2147483647 bytes of names, which is too many',
    ],
  ])('%s is refused', (_, trie, more, reason) => {
    expect(thrown(() => exported(trie, more)).message).toBe(`open plugin ${join(scratch, 'trie.dylib')}: ${reason}`);
  });
});

describe('a damaged library of macOS is refused with what is wrong', () => {
  test.each<[string, TinyMachO, string]>([
    ['an object file', { type: 1 }, 'it is an object file, not yet linked, not a shared library'],
    ['a program', { type: 2 }, 'it is a program, not a shared library'],
    [
      'more commands than there are',
      { lie: { commands: 9 } },
      'it is damaged: its load commands have an impossible size',
    ],
    ['too many commands', { lie: { commands: 5000 } }, 'it is damaged: its load commands have an impossible size'],
    ['commands beyond the end', { lie: { commandBytes: 1 << 20 } }, 'it is damaged: its headers point outside of it'],
    [
      'sections beyond their command',
      { lie: { sections: 3 } },
      'it is damaged: a segment has an impossible number of sections',
    ],
    ['symbols beyond the end', { lie: { symbols: 5000 } }, 'it is damaged: its headers point outside of it'],
    [
      'an absurd number of symbols',
      { lie: { symbols: 0xffffffff } },
      'it claims 4294967295 symbols with 6 bytes of names, which is too many',
    ],
    ['names without an end', { lie: { names: 3 } }, 'it is damaged: a name of a symbol has no end'],
  ])('%s', (_, tiny, reason) => {
    const path = write('damaged.dylib', tinyMachO({ symbols: [{ name: 'run', address: 16 }], ...tiny }));
    expect(thrown(() => inspect(path)).message).toBe(`open plugin ${path}: ${reason}`);
  });
});
