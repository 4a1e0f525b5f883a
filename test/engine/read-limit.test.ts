import { closeSync, openSync, readSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addon } from '../../src/addon.js';
import { fileOf, linesOf } from './bytes.js';

function limitOf(path: string, workers: number) {
  const fd = openSync(path, 'r');
  try {
    return addon().readCeiling(fd, workers);
  } finally {
    closeSync(fd);
  }
}

describe('the read limit', () => {
  it('has read each byte and seen each line once, with any number of workers', () => {
    const logs = fc.record({
      lines: fc.array(fc.nat({ max: 5000 }), { maxLength: 200 }),
      newline: fc.boolean(),
      workers: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(logs, ({ lines, newline, workers }) => {
        const bytes = Buffer.from(lines.map((length) => 'x'.repeat(length)).join('\n') + (newline ? '\n' : ''));
        const { elapsed, ...rest } = limitOf(fileOf(bytes), workers);
        expect(rest).toEqual({ bytes: bytes.length, lines: linesOf(bytes).length, form: '' });
        expect(elapsed).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it('begins at the beginning, wherever the descriptor stands, and leaves it there', () => {
    const fd = openSync(fileOf(Buffer.from('one\ntwo\nthree')), 'r');
    const byte = Buffer.alloc(4);
    readSync(fd, byte, 0, 4, null);
    expect(addon().readCeiling(fd, 2)).toMatchObject({ bytes: 13, lines: 3 });
    readSync(fd, byte, 0, 4, null);
    expect(byte.toString()).toBe('two\n');
    closeSync(fd);
  });

  it('says that a file is compressed, and reads it as it is stored', () => {
    const stored = gzipSync('a\n'.repeat(100_000));
    expect(limitOf(fileOf(stored), 1)).toMatchObject({ bytes: stored.length, form: 'gzip' });
    expect(limitOf(fileOf(Buffer.from('28b52ffd00', 'hex')), 1)).toMatchObject({ bytes: 5, form: 'zstd' });
  });

  it('refuses what it cannot be asked', () => {
    const fd = openSync(fileOf(Buffer.from('a')), 'r');
    for (const workers of [0, -1, 1025, Number.NaN, '1']) {
      expect(() => addon().readCeiling(fd, workers as number)).toThrow('readCeiling: 1 to 1024 workers are needed');
    }
    closeSync(fd);
    for (const file of [-1, 2 ** 40, '0', null])
      expect(() => addon().readCeiling(file as number, 1)).toThrow('readCeiling: a descriptor is needed');
    expect(() => addon().readCeiling(fd, 1)).toThrow('Bad file descriptor');
  });
});
