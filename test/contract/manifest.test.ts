import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { inspect } from '../../src/inspect/inspect.js';
import { makeScratch } from '../helpers/compile.js';

const scratch = makeScratch();
const include = fileURLToPath(new URL('../../native/include', import.meta.url));

// What the preprocessor must not touch: commas, comment signs and macro names inside of strings, unbalanced brackets.
const JSON_TEXT = `{
  "id": "org.example.hard", "name": "hard", "version": "1.0.0",
  "description": "a, b // c /* d */ ) NULL \\" \\\\ é",
  "config": { "type": "object", "properties": { "x": { "enum": [1, -2.5e3, true, null] } } }
}`;
const SOURCE = `#include <plughost/plughost.h>
PLUG_MANIFEST(${JSON_TEXT})
PLUG_EXPORT plug_plugin *NewPlugin(void) { return 0; }
`;

const compilers = [
  ['gcc', 'c', '-std=c11'],
  ['g++', 'cpp', '-std=c++20'],
  ['clang', 'c', '-std=c11'],
  ['clang++', 'cpp', '-std=c++20'],
] as const;

for (const [compiler, ending, standard] of compilers) {
  const missing = Boolean(spawnSync(compiler, ['--version']).error);
  test.skipIf(missing)(
    `a manifest by ${compiler} survives --gc-sections and strip${missing ? ' (skipped: it is missing)' : ''}`,
    () => {
      const source = join(scratch, `${compiler}.${ending}`);
      const library = join(scratch, `${compiler}.so`);
      writeFileSync(source, SOURCE);
      execFileSync(compiler, [
        ...[standard, '-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-ffunction-sections', '-fdata-sections'],
        ...['-Wl,--gc-sections', '-Wall', '-Wextra', '-Wpedantic', '-Werror', `-I${include}`, source, '-o', library],
      ]);
      execFileSync('strip', ['--strip-all', library]);
      const { manifest, symbols } = inspect(library);
      expect(manifest?.abi).toEqual({ major: 1, minor: 1 });
      expect(manifest?.compiler).toMatch(/^(gcc|clang) \d+\..* (x86_64|aarch64)-linux$/);
      expect(JSON.parse(manifest?.json ?? '')).toEqual(JSON.parse(JSON_TEXT));
      expect(symbols.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
        'data plug_manifest',
        'function NewPlugin',
      ]);
    },
  );
}
