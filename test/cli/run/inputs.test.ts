import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expandInputs } from '../../../src/cli/run/inputs.js';
import { bytesOf } from '../../../src/files/file-name.js';
import { makeScratch } from '../../helpers/compile.js';

describe('the files of a folder', () => {
  test('come in the order of the bytes of their names, folder by folder', () => {
    const root = makeScratch();
    // As bytes: the lone surrogate stands for the byte 0x80, which sorts before UTF-8 of two bytes and more.
    const names = ['a/z', 'a.b', 'b', '~', '\udc80', 'é', '\u{fffd}', '\u{1f600}'];
    mkdirSync(join(root, 'a'));
    for (const name of names) writeFileSync(bytesOf(join(root, name)), '');
    expect(expandInputs([root], undefined)).toEqual({
      names: names.map((name) => join(root, name)),
      failures: [],
      warnings: [],
    });
  });

  test('may be more than the arguments that a call in JavaScript can have', () => {
    const root = makeScratch();
    mkdirSync(join(root, 'files'));
    for (let i = 0; i < 1000; i++) writeFileSync(join(root, 'files', `f${String(i).padStart(3, '0')}`), '');
    for (let i = 100; i < 230; i++) symlinkSync('files', join(root, `link${i}`));
    const { names } = expandInputs([`${root}/link*/*`], undefined);
    expect(names).toHaveLength(130_000);
    expect(names[1000]).toBe(`${root}/link101/f000`);
  });
});
