import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleaned, jsonText, printable } from '../../src/text/printable.js';

const all = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
const text = fc.string({ unit: 'binary', maxLength: 200 });

describe('what cannot be printed', () => {
  test.each([
    ['an escape sequence', '\x1b[31m', '\\x1b[31m'],
    ['a carriage return', 'a\rb', 'a\\x0db'],
    ['DEL', '\x7f', '\\x7f'],
    ['C1', '\x9b2J', '\\x9b2J'],
    ['an override of the direction', '\u202e', '\\u202e'],
    ['isolates', '\u2066\u2069', '\\u2066\\u2069'],
    ['marks of direction', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
    ['separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['tags', '\u{e0001}\u{e007f}', '\\u{e0001}\\u{e007f}'],
    ['invisible characters', '\u200b\u2060\u00ad\ufeff.', '\\u200b\\u2060\\xad\\ufeff.'],
    ['half of a pair', '\ud800x', '\\ud800x'],
  ])('%s is escaped', (_, given, shown) => {
    expect(cleaned(`<${given}>`)).toBe(`<${shown}>`);
    expect(printable(`<${given}>`)).toBe(`<${shown}>`);
  });

  test('is never left, and all that can be printed is', () => {
    const hidden =
      /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/u;
    const left = all.filter((character) => hidden.test(cleaned(`<${character}>`)));
    const plain = all.filter((character) => !/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(character));
    expect(left).toEqual([]);
    expect(plain.filter((character) => cleaned(`<${character}>`) !== `<${character}>`)).toEqual([]);
  });

  test('is not what scripts and emoji are written with', () => {
    const family = 'نمی‌خواهم \u{1f468}\u200d\u{1f469} ❤\ufe0f 葛\u{e0100}';
    expect([cleaned(family), printable(family)]).toEqual([family, family]);
  });
});

describe('one line', () => {
  test('is made of several, and of tabs', () => {
    expect(cleaned('a  \r\n\n\t b\tc\n')).toBe('a b c');
  });

  test('is the same when it is cleaned again', () => {
    fc.assert(fc.property(text, (given) => cleaned(cleaned(given)) === cleaned(given)));
  });

  test('costs no more for spaces than for letters', () => {
    // A pattern for spaces around a newline would take quadratic time.
    const steps = Array.from({ length: 200 }, () => cleaned(`é${' '.repeat(8000)}x`));
    expect(steps.at(-1)).toHaveLength(8002);
  });
});

test('several lines keep their newlines and tabs', () => {
  expect(printable('a\n\tb\r\n\x07')).toBe('a\n\tb\\x0d\n\\x07');
});

describe('JSON', () => {
  test('means the same, and holds nothing that a terminal would obey', () => {
    fc.assert(
      fc.property(fc.object({ key: text, values: [text, fc.integer()], maxDepth: 2 }), (value) => {
        const json = jsonText(value, 2);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(cleaned(json.replaceAll(/\n */g, '').slice(0, 8000))).toBe(
          json.replaceAll(/\n */g, '').slice(0, 8000).trimEnd(),
        );
      }),
    );
  });

  test('escapes by halves what is beyond 16 bits', () => {
    expect(jsonText({ a: '\u{e0041}\x9b' })).toBe('{"a":"\\udb40\\udc41\\u009b"}');
  });
});
