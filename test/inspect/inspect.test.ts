import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/inspect/inspect.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { tinyElf } from './tiny-elf.js';

const scratch = makeScratch();
const mustBe = 'give a shared library (.so, .dylib or .dll) built for this machine';

function write(name: string, bytes: string | Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}

describe('what is no library is refused with what it is', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['empty', '', 'it is empty'],
    ['a text', 'hello\n', 'it is a text file, not a shared library'],
    ['a text in another language than English', 'привет, мир\n', 'it is a text file, not a shared library'],
    ['a text that begins like a program of Windows', 'MZ: a note\n', 'it is a text file, not a shared library'],
    ['a script', '#!/bin/sh\nexit 0\n', 'it is a script, not a shared library'],
    ['bytes', new Uint8Array([0, 1, 2, 3]), 'it is not a shared library in a known format'],
    [
      'a Java class',
      new Uint8Array([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]),
      'it is not a shared library in a known format',
    ],
    ['three bytes of ELF', '\x7fEL', 'it is not a shared library in a known format'],
    ['the magic of ELF alone', '\x7fELF', 'it is cut off or damaged: it ends at byte 4, and its headers point beyond'],
    [
      'the magic of PE alone',
      new Uint8Array([0x4d, 0x5a, 0x90, 0]),
      'it is cut off or damaged: it ends at byte 4, and its headers point beyond',
    ],
    [
      'the magic of Mach-O alone',
      new Uint8Array([0xcf, 0xfa, 0xed, 0xfe]),
      'it is cut off or damaged: it ends at byte 4, and its headers point beyond',
    ],
    [
      'a universal file of nothing',
      new Uint8Array([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 0]),
      'it is damaged: it claims 0 architectures',
    ],
    ['ELF of an unknown class', '\x7fELF'.padEnd(64, '\x09'), 'it is ELF of an unknown class or byte order'],
    [
      'half a library',
      tinyElf().subarray(0, 100),
      'it is cut off or damaged: it ends at byte 100, and its headers point beyond',
    ],
  ])('%s', (name, bytes, reason) => {
    const path = write(`${name}.so`, bytes);
    expect(thrown(() => inspect(path))).toEqual({
      code: 'ERR_NOT_A_LIBRARY',
      message: `open plugin ${path}: ${reason}`,
      hint: mustBe,
    });
  });

  test('a directory', () => {
    const path = join(scratch, 'folder.so');
    mkdirSync(path);
    expect(thrown(() => inspect(path)).message).toBe(`open plugin ${path}: it is a directory`);
  });

  test('a FIFO, without waiting for its writer', () => {
    const path = join(scratch, 'fifo.so');
    execFileSync('mkfifo', [path]);
    expect(thrown(() => inspect(path)).message).toBe(`open plugin ${path}: it is not a regular file`);
  });

  test('the running program', () => {
    expect(thrown(() => inspect('/bin/ls')).message).toBe('open plugin /bin/ls: it is a program, not a shared library');
  });
});

test('a file that cannot be opened is an error of the input, with the reason of the system', () => {
  const path = join(scratch, 'nowhere.so');
  expect(thrown(() => inspect(path))).toEqual({
    code: 'ERR_INPUT',
    message: `read ${path}: no such file or directory`,
    hint: undefined,
  });
});
