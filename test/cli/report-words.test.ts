import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberText } from '../../src/cli/report/words.js';

/** The same by the tables of Unicode. */
function expected(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isInteger(value)) return value.toLocaleString('en-US');
  return Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

function same(value: number | bigint): void {
  expect(`${value}: ${numberText(value)}`).toBe(`${value}: ${expected(value)}`);
}

describe('numberText', () => {
  it('writes numbers at the ends of each form', () => {
    const ends = [
      0, 1, 999, 1000, 1e6, 1e15, 1e21, 123456.5, 999999.5, 0.1, 0.999999, 0.9999995, 0.0123455, 0.01234549,
    ];
    const small = [1e-6, 1.5e-6, 5e-7, 4.99999e-7, 9.99999e-7, 1e-7, 5e-324, 2 ** 53, Number.MAX_VALUE, 1 / 0];
    for (const value of [...ends, ...small]) for (const sign of value === 0 ? [1] : [1, -1]) same(sign * value);
    for (const value of [0n, 999n, -1000n, 2n ** 63n - 1n, -(2n ** 63n)]) same(value);
  });

  it('writes any number as toLocaleString does', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
        same,
      ),
    );
    fc.assert(
      fc.property(
        fc.double({ min: -1e7, max: 1e7, noNaN: true }).filter((value) => !Object.is(value, -0)),
        same,
      ),
    );
    fc.assert(
      fc.property(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.integer({ min: 1, max: 12 }), (digits, places) =>
        same(digits / 10 ** places + 0),
      ),
    );
    fc.assert(fc.property(fc.bigInt(), same));
  });
});
