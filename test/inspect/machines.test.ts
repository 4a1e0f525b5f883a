import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/inspect/inspect.js';
import { makeScratch } from '../helpers/compile.js';
import { because, build, builtFor, lines, SOURCE, without } from './tools.js';

// Cross compiles libraries for Linux on other machines and compares `inspect` with readelf.

const scratch = makeScratch();
const missing = without('zig', 'readelf');
const here = process.arch === 'x64' ? 'x86_64' : 'aarch64';

describe.skipIf(missing)(`a library of Linux that was compiled for${because(missing)}`, () => {
  test.each([
    ['x86_64-linux-musl', 'x86_64', 64, 'little'],
    ['aarch64-linux-musl', 'aarch64', 64, 'little'],
    ['riscv64-linux-musl', 'riscv', 64, 'little'],
    ['powerpc64-linux-musl', 'ppc64', 64, 'big'],
    ['powerpc64le-linux-musl', 'ppc64', 64, 'little'],
    ['s390x-linux-gnu', 's390x', 64, 'big'],
    ['x86-linux-musl', 'i386', 32, 'little'],
    ['arm-linux-musleabihf', 'arm', 32, 'little'],
    ['powerpc-linux-musl', 'ppc', 32, 'big'],
    ['mips-linux-musleabi', 'mips', 32, 'big'],
    ['mipsel-linux-musleabi', 'mips', 32, 'little'],
  ] as const)('%s shows what readelf shows', { timeout: 300_000 }, (target, architecture, bits, endian) => {
    const compiler = ['zig', 'cc', '-target', target, '-nostdlib', '-fPIC', '-Wl,-rpath,/opt/far'];
    const path = build(
      scratch,
      compiler,
      `${target}.so`,
      `${SOURCE}
      extern int elsewhere(void);
      PLUG_EXPORT int calls(void) { return elsewhere(); }`,
    );
    const rows = lines('readelf', ['--dyn-syms', '-W', path]).flatMap((line) => {
      const row =
        /^\s*\d+: [\da-f]+\s+(\d+) (FUNC|OBJECT|NOTYPE)\s+(?:GLOBAL|WEAK)\s+\w+\s+(?:\[.*\]\s+)?(\w+) (\S+)/.exec(line);
      const [, size, type, section, name] = row ?? [];
      return name ? [{ section, text: `${type === 'FUNC' ? 'function' : 'data'} ${size} ${name}`, name }] : [];
    });
    const { symbols, imports = [], ...facts } = inspect(path, { imports: true });
    expect(facts).toMatchObject({
      format: 'ELF',
      bits,
      endian,
      architecture,
      os: 'linux',
      needed: [],
      runPath: ['/opt/far'],
      manifest: { abi: { major: 1, minor: 2 }, compiler: expect.stringMatching(/^clang [\d.]+ .*-linux$/) },
    });
    expect(symbols.map(({ kind, size, name }) => `${kind} ${size} ${name}`)).toEqual(
      rows.flatMap(({ section, text }) => (section === 'UND' ? [] : [text])),
    );
    expect(symbols.map(({ name }) => name)).toEqual(expect.arrayContaining(['run', 'counter', 'uses_hidden', 'calls']));
    const taken = rows.flatMap(({ section, name }) => (section === 'UND' ? [name] : []));
    expect(imports.map(({ name }) => name)).toEqual(taken);
    expect(taken).toContain('elsewhere');
    if (architecture !== here) expect(builtFor(path)).toBe(`${architecture} linux, ${bits} bits, ${endian} endian`);
  });
});
