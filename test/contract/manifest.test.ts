import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/contract/manifest.js';
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
      expect(manifest?.abi).toEqual({ major: 1, minor: 2 });
      expect(manifest?.compiler).toMatch(/^(gcc|clang) \d+\..* (x86_64|aarch64)-linux$/);
      expect(JSON.parse(manifest?.json ?? '')).toEqual(JSON.parse(JSON_TEXT));
      expect(symbols.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
        'data plug_manifest',
        'function NewPlugin',
      ]);
    },
  );
}

describe('a manifest', () => {
  const needed = { id: 'org.example.level', name: 'level', version: '1.0.0' };
  const optionReason = 'it must be a type of JSON Schema, or a list of them';

  test('may have keys that this version does not know, at each level', () => {
    const option = { type: ['string', 'null'], default: 'x', enum: ['x', null], later: 1 };
    const config = { properties: { x: option }, required: ['x'], additionalProperties: false, later: 2 };
    const whole = {
      ...{ ...needed, description: 'd', license: 'MIT', extensions: ['plug.filter/1'], config },
      ...{ panic: 'abort', asks: ['threads', 'read:/etc'], later: [3] },
    };
    expect(parseManifest(JSON.stringify(whole))).toEqual(whole);
    expect(Object.keys(parseManifest(JSON.stringify(needed)))).toEqual(Object.keys(needed));
  });

  test.each<[unknown, string]>([
    [null, 'it must be a JSON object'],
    [[needed], 'it must be a JSON object'],
    [
      {},
      'id: it must be a reverse domain such as org.example.level; name: it must be a name of letters, digits and - _ . +; version: it must be a semantic version such as 1.0.0',
    ],
    [{ ...needed, id: 'level' }, 'id: it must be a reverse domain such as org.example.level'],
    [{ ...needed, version: 1 }, 'version: it must be a semantic version such as 1.0.0'],
    [{ ...needed, description: 1, license: null }, 'description: it must be text; license: it must be text'],
    [{ ...needed, extensions: 'plug.filter/1' }, 'extensions: it must be a list of ids'],
    [{ ...needed, extensions: ['plug.filter/1', 'x'] }, 'extensions.1: it must be an id such as plug.filter/1'],
    [{ ...needed, panic: 'ignore' }, 'panic: it must be "unwind" or "abort"'],
    [{ ...needed, asks: {} }, 'asks: it must be a list of what a sandbox has to grant'],
    [{ ...needed, asks: ['read:'] }, 'asks.0: it must be threads, read:PATH or write:PATH'],
    [{ ...needed, config: [] }, 'config: it must be a JSON Schema of an object'],
    [
      { ...needed, config: { properties: [], required: [1] } },
      'config.properties: it must be an object; config.required.0: it must be a name',
    ],
    [
      { ...needed, config: { properties: { x: { type: 1, format: 2, enum: 3 }, y: { type: [4] } } } },
      `config.properties.x.type: ${optionReason}; config.properties.x.format: it must be text; config.properties.x.enum: it must be a list; config.properties.y.type: ${optionReason}`,
    ],
  ])('is refused with each reason: %j', (value, reasons) => {
    expect(() => parseManifest(JSON.stringify(value))).toThrow(new Error(reasons));
  });
});
