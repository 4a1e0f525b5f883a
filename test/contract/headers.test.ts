import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const include = new URL('../../native/include/', import.meta.url);
const headers = readdirSync(new URL('plughost/', include)).filter((file) => file.endsWith('.h'));
const textOf = (header: string) => readFileSync(new URL(`plughost/${header}`, include), 'utf8');

const dialects = [
  { name: 'C11', language: 'c', flags: ['-std=c11'] },
  { name: 'C++20', language: 'c++', flags: ['-std=c++20'] },
];
// The contract needs no C library; reading a config, which is no part of it, does.
const beside = ['config.h', 'json.h'];
const flagsFor = (header: string, language: string) =>
  beside.includes(header) || language !== 'c' ? [] : ['-ffreestanding'];

for (const [compiler, other] of [
  ['gcc', 'g++'],
  ['clang', 'clang++'],
] as const) {
  const missing = spawnSync(compiler, ['--version']).error || spawnSync(other, ['--version']).error;
  describe.skipIf(missing)(`${compiler}${missing ? ' (skipped: it is missing)' : ''}`, () => {
    for (const { name, language, flags } of dialects) {
      test.each(headers)(`takes %s alone as ${name} without a warning`, (header) => {
        const source = `#include <plughost/${header}>\n#include <plughost/${header}>\nint used;\n`;
        const strict = ['-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only', `-I${fileURLToPath(include)}`];
        const args = [...flags, ...flagsFor(header, language), ...strict, '-x', language, '-'];
        const result = spawnSync(language === 'c' ? compiler : other, args, { input: source, encoding: 'utf8' });
        expect(result.stderr).toBe('');
        expect(result.status).toBe(0);
      });
    }
  });
}

test.each(headers)('%s is short enough to be read at once', (header) => {
  expect(textOf(header).split('\n').length).toBeLessThan(200);
});

test('every header of the contract is in the umbrella', () => {
  const included = [...textOf('plughost.h').matchAll(/#include "(.+)"/g)].map(([, file]) => file);
  expect(included).toEqual(headers.filter((file) => file !== 'plughost.h' && !beside.includes(file)));
});

test('a manifest begins with the version that the headers state', () => {
  const [major, minor] = ['MAJOR', 'MINOR'].map(
    (part) => new RegExp(`PLUG_ABI_${part} (\\d+)u`).exec(textOf('base.h'))?.[1],
  );
  expect(textOf('manifest.h')).toContain(`#define PLUG_MANIFEST_MAGIC "plughost ${major}.${minor}"`);
});
