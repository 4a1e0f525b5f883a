import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/inspect/inspect.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { payloadAt, tinyElf } from './tiny-elf.js';

const scratch = makeScratch();

function write(name: string, bytes: Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

describe.skipIf(noCompiler)(`a library that was compiled${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  const source = `
    #include <plughost/plughost.h>
    PLUG_MANIFEST({ "id": "a.b" })
    int counter = 5; char table[40]; static int hidden(void) { return 1; }
    __thread int per_thread;
    __attribute__((visibility("hidden"))) int unseen(void) { return hidden(); }
    __attribute__((weak)) int weak_one(void) { return unseen(); }
    extern int elsewhere(void);
    int calls_elsewhere(void) { return elsewhere(); }`;
  const facts = (path: string) => {
    const { symbols, ...rest } = inspect(path);
    return {
      ...rest,
      symbols: symbols.map(({ name, kind, size }) => `${kind} ${name} ${kind === 'data' ? size : ''}`.trim()).sort(),
    };
  };
  const expected = {
    format: 'ELF',
    bits: 64,
    endian: 'little',
    architecture: process.arch === 'x64' ? 'x86_64' : 'aarch64',
    os: 'linux',
    needed: [],
    runPath: [],
    writableMemory: expect.any(Number),
    hardening: { executableStack: false, relro: 'partial', textRelocations: false },
    manifest: {
      abi: { major: 1, minor: 2 },
      compiler: expect.stringMatching(/^gcc .* \w+-linux$/),
      json: '{ "id": "a.b" }',
    },
    symbols: [
      'data counter 4',
      'data per_thread 4',
      expect.stringMatching(/^data plug_manifest \d+$/),
      'data table 40',
      'function calls_elsewhere',
      'function weak_one',
    ],
  };

  test('shows what it exports, of which kind and size, and its manifest', () => {
    expect(facts(compile(scratch, 'plain', source))).toEqual(expected);
  });

  test.each([
    [
      'without symbols that only debuggers need',
      ['-Wl,--strip-all', '-Wl,--gc-sections', '-ffunction-sections', '-fdata-sections'],
    ],
    ['with only the old hash table', ['-Wl,--hash-style=sysv']],
    ['with only the GNU hash table', ['-Wl,--hash-style=gnu']],
  ])('shows the same %s', (name, flags) => {
    expect(facts(compile(scratch, name.replaceAll(' ', '-'), source, flags))).toEqual(expected);
  });

  test('shows the same without section headers', () => {
    const bytes = readFileSync(compile(scratch, 'sections', source));
    bytes.fill(0, 40, 48);
    bytes.fill(0, 58, 64);
    expect(facts(write('libnosections.so', bytes))).toEqual(expected);
  });

  test('leaves out old versions of a name, which dlsym does not find', () => {
    writeFileSync(join(scratch, 'versions.map'), 'V1 { global: f; g; local: *; };\nV2 { global: f; } V1;\n');
    const path = compile(
      scratch,
      'versions',
      `__asm__(".symver f1, f@V1"); __asm__(".symver f2, f@@V2"); __asm__(".symver g1, g@V1");
       int f1(void); int f2(void); int g1(void);
       int f1(void) { return 1; } int f2(void) { return 2; } int g1(void) { return 3; }`,
      [`-Wl,--version-script=${join(scratch, 'versions.map')}`],
    );
    expect(
      inspect(path)
        .symbols.map(({ name, kind }) => `${kind} ${name}`)
        .sort(),
    ).toEqual(['data V1', 'data V2', 'function f']);
  });

  test('tells what it needs, where it looks first, and how it is hardened', () => {
    const path = compile(scratch, 'hardened', 'int f(void) { return 1; }', [
      '-Wl,-rpath,$ORIGIN/near:/opt/far',
      '-Wl,--no-as-needed',
      '-lm',
      '-Wl,-z,relro,-z,now',
      '-Wl,-z,execstack',
    ]);
    const { needed, runPath, hardening } = inspect(path);
    expect({ needed, runPath, hardening }).toEqual({
      needed: ['libm.so.6', 'libc.so.6'],
      runPath: ['$ORIGIN/near', '/opt/far'],
      hardening: { executableStack: true, relro: 'full', textRelocations: false },
    });
  });

  test('tells what it takes from others, and what of it may be missing', () => {
    const imports = (name: string, source: string, flags: string[] = []) =>
      inspect(compile(scratch, name, source, ['-nostdlib', ...flags]), { imports: true }).imports;
    const taking = `extern int wanted(void); extern int maybe(void) __attribute__((weak));
      __attribute__((constructor, visibility("hidden"))) void start(void) { wanted(); if (maybe) maybe(); }`;
    const expected = [
      { name: 'maybe', optional: true, library: undefined },
      { name: 'wanted', optional: false, library: undefined },
    ];
    // A library without exports has an empty hash table.
    for (const style of ['gnu', 'sysv']) {
      const found = imports(`takes-${style}`, taking, [`-Wl,--hash-style=${style}`]);
      expect(found?.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(expected);
    }
    expect(imports('takes-nothing', 'int f(void) { return 1; }')).toEqual([]);
    expect(inspect(compile(scratch, 'not-asked', taking))).not.toHaveProperty('imports');
  });

  test('tells the old kind of run path, which is looked at before all else, from the new', () => {
    const first = (kind: string) => {
      const flags = ['-Wl,-rpath,/opt/far', `-Wl,--${kind}-new-dtags`];
      const { runPath, runPathFirst } = inspect(compile(scratch, `tags-${kind}`, 'int f(void) { return 1; }', flags));
      return { runPath, runPathFirst };
    };
    expect(first('disable')).toEqual({ runPath: ['/opt/far'], runPathFirst: true });
    expect(first('enable')).toEqual({ runPath: ['/opt/far'], runPathFirst: undefined });
  });

  test('tells names that are not ASCII', () => {
    const names = (source: string) => inspect(compile(scratch, 'names', source)).symbols.map(({ name }) => name);
    expect(names('int \u00fcber = 1, plain = 2;').sort()).toEqual(['plain', '\u00fcber']);
  });

  test('tells a label in code from data although the file does not say what it is', () => {
    const path = compile(
      scratch,
      'labels',
      '__asm__(".text; .globl in_code; in_code: ret; .data; .globl in_data; in_data: .long 1; .text");',
    );
    expect(
      inspect(path)
        .symbols.map(({ name, kind }) => `${kind} ${name}`)
        .sort(),
    ).toEqual(['data in_data', 'function in_code']);
  });
});

describe('a library of any class and byte order', () => {
  const symbols = [
    { name: 'run', offset: 16, size: 8 },
    { name: 'table', type: 1, offset: 32, size: 40 },
    { name: 'indirect', type: 10, binding: 2 },
    { name: 'protected', visibility: 3 },
    { name: 'undefined', section: 0 },
    { name: 'local', binding: 0 },
    { name: 'hidden', visibility: 2 },
    { name: 'file', type: 4 },
  ];
  test.each([
    [64, 'little', 62, 'x86_64', false],
    [64, 'big', 22, 's390x'],
    [64, 'big', 22, 's390x', true],
    [32, 'little', 40, 'arm'],
    [32, 'big', 8, 'mips'],
    [64, 'little', 243, 'riscv'],
    [64, 'little', 999, 'machine 999'],
  ] as const)('%i bits, %s endian, %i (%s)', (bits, endian, machine, architecture, wideHash: boolean = false) => {
    const path = write('tiny.so', tinyElf({ bits, endian, machine, wideHash, symbols }));
    expect(inspect(path, { imports: true })).toEqual({
      format: 'ELF',
      bits,
      endian,
      architecture,
      os: 'linux',
      symbols: [
        { name: 'run', kind: 'function', offset: 16, size: 8 },
        { name: 'table', kind: 'data', offset: 32, size: 40 },
        { name: 'indirect', kind: 'function', offset: 0, size: 0 },
        { name: 'protected', kind: 'function', offset: 0, size: 0 },
      ],
      needed: [],
      runPath: [],
      writableMemory: 0,
      // Without a header for the stack.
      hardening: { executableStack: ![243, 258].includes(machine), relro: 'none', textRelocations: false },
      imports: [{ name: 'undefined', optional: false, library: undefined }],
      manifest: undefined,
    });
  });
});

describe('a manifest', () => {
  const withManifest = (text: string | Uint8Array, size?: number) => {
    const payload = Buffer.from(text);
    const manifest = { name: 'plug_manifest', type: 1, offset: payloadAt, size: size ?? payload.length };
    return write('manifest.so', tinyElf({ payload, symbols: [manifest] }));
  };

  test('ends at its NUL, whatever the size of the symbol', () => {
    expect(inspect(withManifest('plughost 1.7\nrustc 1.95\n{"a":\n1}\n\0more')).manifest).toEqual({
      abi: { major: 1, minor: 7 },
      compiler: 'rustc 1.95',
      json: '{"a":\n1}',
    });
  });

  test.each([
    ['has another first line', 'plug 1.0\n', 'it does not begin with a line such as "plughost 1.0"'],
    ['is empty', '', 'it does not begin with a line such as "plughost 1.0"'],
    ['is not UTF-8', Buffer.from('plughost 1.0\n\xff\xfe', 'latin1'), 'it is not UTF-8'],
  ])('that %s is refused', (_, text, reason) => {
    const path = withManifest(text);
    expect(thrown(() => inspect(path))).toEqual({
      code: 'ERR_MANIFEST',
      message: `read the manifest of ${path}: ${reason}`,
      hint: 'its author must correct PLUG_MANIFEST and build again',
    });
  });

  test('that claims more bytes than there are is refused', () => {
    const path = withManifest('plughost 1.0\n', 4000);
    expect(thrown(() => inspect(path)).message).toBe(
      `open plugin ${path}: it is damaged: its headers point outside of its segments`,
    );
  });

  test('that claims to be huge is refused', () => {
    const path = withManifest('plughost 1.0\n', 2 ** 40);
    expect(thrown(() => inspect(path)).message).toBe(
      `open plugin ${path}: it has a manifest of 1099511627776 bytes, which is too long`,
    );
  });
});
