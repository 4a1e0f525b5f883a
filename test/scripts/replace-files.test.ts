import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const { replaceFiles } = await import(join(ROOT, 'scripts/release/replace-files.mjs'));
const scratch = makeScratch();

test('files are replaced all or none', () => {
  const folder = join(scratch, 'replaced');
  mkdirSync(folder);
  const files = ['a', 'b'].map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, 'old');
  // A text that is none fails at the second file.
  expect(() =>
    replaceFiles(
      new Map<string, unknown>([
        [files[0] as string, 'new'],
        [files[1] as string, 7],
      ]),
    ),
  ).toThrow();
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(['old', 'old']);
  expect(() =>
    replaceFiles(
      new Map([
        [files[0] as string, 'new'],
        [join(folder, 'none'), 'new'],
      ]),
    ),
  ).toThrow('ENOENT');
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(['old', 'old']);
  replaceFiles(new Map(files.map((file) => [file, 'new'])));
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(['new', 'new']);
});
