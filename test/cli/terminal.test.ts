import { describe, expect, it } from 'vitest';
import { count } from '../../src/cli/terminal/terminal.js';

describe('a number for people', () => {
  it.each([0, 7, 999, 1000, 12_345, 123_456, 1_234_567, Number.MAX_SAFE_INTEGER])(
    'has a comma for each thousand of %i',
    (number) => {
      expect(count(number)).toBe(number.toLocaleString('en-US'));
    },
  );
});
