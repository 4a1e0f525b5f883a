import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { open } from '../../src/index.js';
import { inspect } from '../../src/inspect/inspect.js';
import { findNeeded } from '../../src/inspect/needed.js';
import { include, makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

// Libraries of Windows and of macOS, made here by cross compilers, beside what the tools for them say.

const scratch = makeScratch();
const source = join(scratch, 'plugin.c');
writeFileSync(
  source,
  `#include <plughost/plughost.h>
   PLUG_MANIFEST({ "id": "a.b" })
   PLUG_EXPORT int run(void) { return 1; }
   PLUG_EXPORT_DATA int counter = 5;
   static int hidden(void) { return 2; }
   PLUG_EXPORT int uses_hidden(void) { return hidden(); }`,
);

function build(compiler: string[], name: string): string {
  const path = join(scratch, name);
  const [command = '', ...first] = compiler;
  execFileSync(command, [...first, '-shared', `-I${include}`, '-o', path, source], { stdio: 'pipe' });
  return path;
}

const lines = (command: string, args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' }).split('\n');
const without = (command: string) => (spawnSync(command, ['--version']).error ? `there is no ${command}` : undefined);
const kinds = (path: string) =>
  inspect(path)
    .symbols.map(({ kind, name }) => `${kind} ${name}`)
    .sort();

/** What loading it says. */
const refusal = (path: string) => thrown(() => open(path)).message.replace(/^.*: it is built for /, '');

describe.each([
  ['x86_64-w64-mingw32', 'x86_64', 64],
  ['i686-w64-mingw32', 'i386', 32],
] as const)('a library of Windows for %s', (target, architecture, bits) => {
  const missing = without(`${target}-gcc`);
  test.skipIf(missing)(`shows what objdump shows${missing ? ` (skipped: ${missing})` : ''}`, () => {
    const path = build([`${target}-gcc`], `${target}.dll`);
    const shown = lines(`${target}-objdump`, ['-p', path]);
    const { symbols, needed, manifest, ...facts } = inspect(path);
    expect(facts).toEqual({
      format: 'PE',
      bits,
      endian: 'little',
      architecture,
      os: 'windows',
      runPath: [],
      hardening: {
        noExecute: shown.some((line) => line.includes('NX_COMPAT')),
        randomAddress: shown.some((line) => line.includes('DYNAMIC_BASE')),
        controlFlowGuard: false,
      },
    });
    expect(needed).toEqual(shown.flatMap((line) => /DLL Name: (.*)/.exec(line)?.[1]?.trim() ?? []));
    expect(symbols.map(({ name }) => name)).toEqual(
      shown.flatMap((line) => /^\t\[\s*\d+\] (?:\+base\[\s*\d+\]\s+[\da-f]+ )?(\w+)$/.exec(line)?.[1] ?? []),
    );
    expect(kinds(path)).toEqual(['data counter', 'data plug_manifest', 'function run', 'function uses_hidden']);
    expect(manifest).toEqual({
      abi: { major: 1, minor: 0 },
      compiler: expect.stringMatching(/^gcc .* \w+-windows$/),
      json: '{ "id": "a.b" }',
    });
    expect(findNeeded(path, inspect(path))).toEqual(needed.map((name) => ({ name, path: undefined })));
    expect(refusal(path)).toMatch(/^\w+ windows, \d\d bits, little endian, and this host is /);
  });
});

const noZig = without('zig');
const noLlvm = without('llvm-nm');
const missing = noZig ?? noLlvm;

describe.skipIf(missing)(`a library of macOS${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const targets = [
    ['x86_64-macos', 'x86_64'],
    ['aarch64-macos', 'aarch64'],
  ] as const;
  const built = new Map<string, string>();
  const dylib = (target: string) => {
    const known = built.get(target) ?? build(['zig', 'cc', '-target', target], `${target}.dylib`);
    built.set(target, known);
    return known;
  };

  test.each(targets)('for %s shows what llvm-nm shows', { timeout: 180_000 }, (target, architecture) => {
    const path = dylib(target);
    const shown = lines('llvm-nm', ['-g', '--defined-only', path]).flatMap(
      (line) => / (\w) _(\w+)$/.exec(line)?.slice(1, 3).join(' ') ?? [],
    );
    expect(inspect(path)).toMatchObject({
      format: 'Mach-O',
      bits: 64,
      endian: 'little',
      architecture,
      os: 'macos',
      needed: ['/usr/lib/libSystem.B.dylib'],
      runPath: [],
      manifest: {
        abi: { major: 1, minor: 0 },
        compiler: expect.stringMatching(/^clang .*-darwin$/),
        json: '{ "id": "a.b" }',
      },
    });
    expect(kinds(path)).toEqual(shown.map((line) => line.replace(/^T/, 'function').replace(/^[DS]/, 'data')).sort());
    expect(kinds(path)).toEqual(expect.arrayContaining(['data counter', 'data plug_manifest', 'function run']));
    expect(refusal(path)).toMatch(/^\w+ macos, 64 bits, little endian, and this host is /);
  });

  test('for several architectures shows the part for this machine, or the first', { timeout: 180_000 }, () => {
    const universal = (...parts: string[]) => {
      const files = parts.map((part) => readFileSync(dylib(part)));
      const head = Buffer.alloc(16384);
      head.writeUInt32BE(0xcafebabe, 0);
      head.writeUInt32BE(files.length, 4);
      let offset = head.length;
      for (const [i, file] of files.entries()) {
        const type = parts[i]?.startsWith('x86') ? 0x1000007 : 0x100000c;
        for (const [field, value] of [type, 3, offset, file.length, 14].entries()) {
          head.writeUInt32BE(value, 8 + i * 20 + field * 4);
        }
        offset += file.length;
      }
      const path = join(scratch, `${parts.join('-')}.dylib`);
      writeFileSync(path, Buffer.concat([head, ...files]));
      return path;
    };
    const names = targets.map(([target]) => target);
    for (const parts of [names, names.toReversed(), names.slice(1)]) {
      const { architecture, architectures, symbols } = inspect(universal(...parts));
      const here = process.arch === 'x64' ? 'x86_64' : 'aarch64';
      const all = parts.map((part) => part.replace('-macos', ''));
      expect({ architecture, architectures }).toEqual({
        architecture: all.includes(here) ? here : all[0],
        architectures: all,
      });
      expect(symbols.map(({ name }) => name)).toContain('run');
    }
  });
});
