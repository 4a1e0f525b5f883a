import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeScratch } from '../helpers/compile.js';
import { differences, filesBelow } from './comparing.js';

const scratch = makeScratch();

test('the files of a folder are found once, although links in it lead back to it', () => {
  mkdirSync(join(scratch, 'a/b'), { recursive: true });
  writeFileSync(join(scratch, 'a/b/file'), '');
  for (const link of ['up', 'again']) symlinkSync('..', join(scratch, 'a/b', link));
  symlinkSync('file', join(scratch, 'a/b/name'));
  expect(filesBelow(scratch)).toEqual([join(scratch, 'a/b/file')]);
});

test('the differences of two lists are those in what they hold and how often', () => {
  expect(differences(['a', 'b', 'b', 'c'], ['c', 'b', 'a', 'b'])).toEqual([]);
  expect(differences(['a', 'b', 'b'], ['b', 'd', 'a'])).toEqual(['- b', '+ d']);
});

test('lists of 60,000 names that differ in all are shown in a few lines', () => {
  const names = Array.from({ length: 60_000 }, (_, i) => `_ZN4name${i}E`);
  expect(
    differences(
      names,
      names.map((name) => `${name}v`),
    ),
  ).toHaveLength(20);
});
