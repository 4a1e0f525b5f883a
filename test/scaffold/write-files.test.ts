import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeNewFile, writeNewFolder } from '../../src/scaffold/write-files.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
const place = () => mkdtempSync(join(scratch, 'place-'));
const permissions = (path: string) => (statSync(path).mode & 0o777).toString(8);

const HINT = 'choose another name, or another folder: --directory DIR';

/** The ways to make something in a folder. */
const WAYS: [what: string, write: (path: string) => void][] = [
  ['a file', (path) => writeNewFile(path, 'new')],
  ['a folder', (path) => writeNewFolder(path, { a: 'new', 'src/b': 'new' })],
];

describe.each(WAYS)('%s of a new plugin', (_, write) => {
  it.each([
    ['a file', (path: string) => writeFileSync(path, 'old')],
    ['an empty folder', (path: string) => mkdirSync(path)],
    ['a link to nothing', (path: string) => symlinkSync('nowhere', path)],
    ['a link to a folder', (path: string) => symlinkSync('/tmp', path)],
  ])('does not take the place of %s', (_, make) => {
    const folder = place();
    const path = join(folder, 'slow');
    make(path);
    const before = statSync(path, { throwIfNoEntry: false })?.ino;
    expect(thrown(() => write(path))).toEqual({
      code: 'ERR_OUTPUT',
      message: `write ${path}: there is one already, and nothing is overwritten`,
      hint: HINT,
    });
    expect([readdirSync(folder), statSync(path, { throwIfNoEntry: false })?.ino]).toEqual([['slow'], before]);
  });

  it('needs a folder that is there', () => {
    const folder = place();
    writeFileSync(join(folder, 'file'), '');
    for (const [parent, reason] of [
      ['none', 'no such file or directory'],
      ['file', 'not a directory'],
    ] as const) {
      const path = join(folder, parent, 'slow');
      expect(thrown(() => write(path))).toMatchObject({ code: 'ERR_OUTPUT', message: `write ${path}: ${reason}` });
    }
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('can be written by its owner alone, whatever the umask allows', () => {
    const path = join(place(), 'slow');
    const umask = process.umask(0);
    try {
      write(path);
    } finally {
      process.umask(umask);
    }
    const isFolder = statSync(path).isDirectory();
    expect(permissions(path)).toBe(isFolder ? '755' : '644');
    if (isFolder)
      expect(['a', 'src', 'src/b'].map((one) => permissions(join(path, one)))).toEqual(['644', '755', '644']);
  });
});

it('a program in a folder can be started', () => {
  const path = join(place(), 'slow');
  writeNewFolder(path, { a: '', main: '#!/bin/sh\n' }, 'main');
  expect(['a', 'main'].map((file) => permissions(join(path, file)))).toEqual(['644', '755']);
  expect(readFileSync(join(path, 'main'), 'utf8')).toBe('#!/bin/sh\n');
});

it('a folder of which a file cannot be written leaves nothing', () => {
  const folder = place();
  const tooLong = 'x'.repeat(300);
  expect(thrown(() => writeNewFolder(join(folder, 'slow'), { a: 'new', [tooLong]: 'new' }))).toMatchObject({
    code: 'ERR_OUTPUT',
    message: `write ${folder}/slow: name too long`,
  });
  expect(readdirSync(folder)).toEqual([]);
});
