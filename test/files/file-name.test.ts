import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, hasOnlyBytes, nameOf, systemPath } from '../../src/files/file-name.js';

describe('a name of a file', () => {
  it('is any bytes, and gives them back', () => {
    const byte = fc.oneof(fc.constantFrom(0x61, 0x2f, 0xc3, 0xa9, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x98), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte), (bytes) => {
        const name = nameOf(Uint8Array.from(bytes));
        expect([...bytesOf(name)]).toEqual(bytes);
        expect(hasOnlyBytes(name)).toBe(true);
        expect(name.isWellFormed()).toBe(typeof systemPath(name) === 'string');
      }),
      { numRuns: 2000 },
    );
  });

  it('is its text where it is UTF-8, and has one half of a surrogate pair for each other byte', () => {
    expect(nameOf(Buffer.from('größe 😀'))).toBe('größe 😀');
    expect(nameOf(Buffer.from('6bff80c3', 'hex'))).toBe('k\udcff\udc80\udcc3');
    // Encoded surrogates are not UTF-8.
    expect(nameOf(Buffer.from('eda080', 'hex'))).toBe('\udced\udca0\udc80');
  });

  it('that is text with other halves is none', () => {
    for (const text of ['\ud83d', '\udc00', 'a\udc7f', '\udcc3\udca9']) expect(hasOnlyBytes(text)).toBe(false);
  });
});
