import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/inspect/inspect.js';
import { findNeeded } from '../../src/inspect/needed.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { filesBelow } from './comparing.js';
import { because, build, builtFor, kinds, lines, SOURCE, without } from './tools.js';

// Compares `inspect` of Windows libraries with objdump: some are cross compiled here, some come with the compilers.

const scratch = makeScratch();

/** The libraries that come with the compilers. */
function librariesOf(target: string): string[] {
  const folders = [`/usr/${target}`, `/usr/lib/gcc/${target}`];
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap(filesBelow)
    .filter((path) => path.endsWith('.dll'));
}

function shownByObjdump(target: string, path: string) {
  const shown = lines(`${target}-objdump`, ['-p', path]);
  const imports: string[] = [];
  let library = '';
  for (const line of shown) {
    library = /DLL Name: (.*)/.exec(line)?.[1]?.trim() ?? library;
    const [, name, number] = /^\t[\da-f]+\t\s+(?:\d+ {2}([^\s<]+)|(\d+) {2}<none>)/.exec(line) ?? [];
    if (name ?? number) imports.push(`${library} ${name ?? `#${Number(number)}`}`);
  }
  return {
    needed: shown.flatMap((line) => /DLL Name: (.*)/.exec(line)?.[1]?.trim() ?? []),
    exports: shown.flatMap((line) => /^\t\[\s*\d+\] (\S+)$/.exec(line)?.[1] ?? []),
    forwarded: shown.filter((line) => line.includes('Forwarder RVA')).length,
    imports,
    hardening: {
      noExecute: shown.some((line) => line.trim() === 'NX_COMPAT'),
      randomAddress: shown.some((line) => line.trim() === 'DYNAMIC_BASE'),
      controlFlowGuard: shown.some((line) => line.trim() === 'GUARD_CF'),
    },
  };
}

describe.each([
  ['x86_64-w64-mingw32', 'x86_64', 64],
  ['i686-w64-mingw32', 'i386', 32],
] as const)('a library of Windows for %s', (target, architecture, bits) => {
  const missing = without(`${target}-gcc`);
  const compiler = [`${target}-gcc`];

  test.skipIf(missing)(`shows what objdump shows${because(missing)}`, () => {
    const path = build(scratch, compiler, `${target}.dll`, SOURCE);
    const { needed, exports, imports, hardening } = shownByObjdump(target, path);
    const { symbols, imports: taken = [], manifest, ...facts } = inspect(path, { imports: true });
    expect(facts).toEqual({
      format: 'PE',
      bits,
      endian: 'little',
      architecture,
      os: 'windows',
      needed,
      runPath: [],
      hardening,
    });
    expect(symbols.map(({ name }) => name)).toEqual(exports);
    expect(taken.map(({ library, name }) => `${library} ${name}`)).toEqual(imports);
    expect(kinds(path)).toEqual(['data counter', 'data plug_manifest', 'function run', 'function uses_hidden']);
    expect(manifest).toEqual({
      abi: { major: 1, minor: 2 },
      compiler: expect.stringMatching(/^gcc .* \w+-windows$/),
      json: '{ "id": "a.b" }',
    });
    expect(findNeeded(path, inspect(path))).toEqual(needed.map((name) => ({ name, state: 'unknown' })));
    expect(builtFor(path)).toBe(`${architecture} windows, ${bits} bits, little endian`);
  });

  const brought = missing ? [] : librariesOf(target);
  test.skipIf(missing)(
    `all ${brought.length} that the compiler brings show what objdump shows${because(missing)}`,
    () => {
      expect(brought.length).toBeGreaterThan(5);
      for (const path of brought) {
        const { needed, exports, imports, hardening, forwarded } = shownByObjdump(target, path);
        const found = inspect(path, { imports: true });
        expect(forwarded, path).toBe(0);
        expect(
          {
            needed: found.needed,
            exports: found.symbols.map(({ name }) => name),
            imports: found.imports?.map(({ library, name }) => `${library} ${name}`),
            hardening: found.hardening,
          },
          path,
        ).toEqual({ needed, exports, imports, hardening });
      }
    },
  );

  test.skipIf(missing)(
    `leaves out what has no name or is another library's, and shows what is taken by number${because(missing)}`,
    () => {
      const definitions = join(scratch, `${target}.def`);
      writeFileSync(definitions, 'EXPORTS\n run\n forwarded = kernel32.Sleep\n counter DATA\n numbered @7 NONAME\n');
      const source = 'int run(void) { return 1; } int counter = 5; int numbered(void) { return 2; }';
      const name = `forwarding-${bits}.dll`;
      const path = build(scratch, compiler, name, source, [definitions]);
      expect(kinds(path)).toEqual(['data counter', 'function run']);
      expect(shownByObjdump(target, path)).toMatchObject({ exports: ['counter', 'forwarded', 'run'], forwarded: 1 });

      const imported = join(scratch, `forwarding-${bits}.a`);
      execFileSync(`${target}-dlltool`, ['-d', definitions, '-D', name, '-l', imported]);
      const using = `__declspec(dllimport) int numbered(void); __declspec(dllimport) int run(void);
      __declspec(dllexport) int use(void) { return numbered() + run(); }`;
      const { imports = [] } = inspect(build(scratch, compiler, `using-${bits}.dll`, using, [imported]), {
        imports: true,
      });
      expect(imports.filter(({ library }) => library === name)).toEqual([
        { name: '#7', optional: false, library: name },
        { name: 'run', optional: false, library: name },
      ]);
    },
  );

  test.skipIf(missing)(`is refused as what it is when it is none${because(missing)}`, () => {
    const path = build(scratch, compiler, `damaged-${bits}.dll`, SOURCE);
    const real = readFileSync(path);
    const header = real.readUInt32LE(0x3c);
    const directories = header + 24 + (bits === 64 ? 112 : 96);
    const exported = real.indexOf('.edata\0\0');
    const change = (at: number, value: number, size: 2 | 4 = 4) => {
      const bytes = Buffer.from(real);
      bytes.writeUIntLE(value, at, size);
      writeFileSync(path, bytes);
      return thrown(() => inspect(path, { imports: true })).message.replace(`open plugin ${path}: it `, '');
    };
    expect([
      change(header, 0),
      change(header + 22, 0x22, 2),
      change(header + 24, 0x107, 2),
      change(header + 20, 40, 2),
      change(header + 6, 97, 2),
      change(header + 6, 0, 2),
      change(directories, 0x7fffffff),
      change(directories + 8, 0x1000),
      change(exported + 20, 0x7fffffff),
    ]).toEqual([
      'is a program of DOS, not a shared library',
      'is a program of Windows, not a shared library',
      'is damaged: its optional header is of an unknown kind',
      'is damaged: its optional header is too short',
      'is damaged: it claims 97 sections',
      'is damaged: its headers point outside of its sections',
      'is damaged: its headers point outside of its sections',
      expect.stringMatching(/^is damaged: /),
      expect.stringMatching(/^is cut off or damaged: /),
    ]);
  });
});
