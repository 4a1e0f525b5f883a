import { describe, expect, it } from 'vitest';
import { quoted, readQuoted, splitNames } from '../../src/text/quoted-name.js';

describe('a name in backquotes', () => {
  it.each(['a', 'a, b', ' b', '`', '\\', '\\`', 'a\\\\`b`c\\', '\\\\', 'x:1m', ''])(
    '%j is read as it was written',
    (name) => {
      expect(readQuoted(`${quoted(name)}:rest\``)).toEqual({ name, rest: ':rest`' });
    },
  );

  it('has other backslashes as they are', () => {
    expect(readQuoted('`a\\b\\\\c`')).toEqual({ name: 'a\\b\\\\c', rest: '' });
  });

  it.each(['a', '', '`', '`a', '`a\\`', ' `a`'])('%j does not begin with one', (text) => {
    expect(readQuoted(text)).toBeUndefined();
  });
});

describe('a list', () => {
  it.each<[string, string[]]>([
    ['a,b', ['a', 'b']],
    [' a , b c ', ['a', 'b c']],
    ['a,,', ['a', '', '']],
    ['', ['']],
    ['`a, b`,-`c,d` , ` e `:real', ['`a, b`', '-`c,d`', '` e `:real']],
    ['`a\\`,b`,c', ['`a\\`,b`', 'c']],
    ['a`b,c`d', ['a`b', 'c`d']],
    ['`a,b', ['`a', 'b']],
  ])('%j is split at commas outside of backquotes', (list, items) => {
    expect(splitNames(list)).toEqual(items);
  });
});
