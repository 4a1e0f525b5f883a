import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flag } from '../../src/cli/flags/flag.js';
import { type Token, tokensOf } from '../../src/cli/flags/tokens.js';

const flag = (name: string, short?: string, value?: string) =>
  ({ name, help: '', group: 'other', ...(short && { short }), ...(value && { value }) }) as unknown as Flag;
const TABLE = [
  flag('alpha', 'a'),
  flag('beta', 'b'),
  flag('text', 't', 'TEXT'),
  flag('no-beta'),
  flag('long', undefined, 'N'),
];

/** The tokens of Node, in our form. */
function tokensOfNode(args: string[]): Token[] {
  const options = Object.fromEntries(
    TABLE.map(({ name, short, value }) => [
      name,
      { type: value ? 'string' : 'boolean', ...(short && { short }) } as const,
    ]),
  );
  return parseArgs({ args, options, strict: false, tokens: true }).tokens.flatMap((token): Token[] => {
    if (token.kind === 'positional') return [{ kind: 'operand', value: token.value }];
    if (token.kind !== 'option') return [];
    return [{ kind: 'flag', name: token.name, rawName: token.rawName, value: token.value }];
  });
}

describe('the words of a command line', () => {
  it('are what parseArgs of Node says, in any order', () => {
    const known = ['-', '--', '-a', '-t', '--alpha', '--text', '--text=', '--long=1', '--no-beta', '--beta=x', '--=x'];
    const letters = fc.array(fc.constantFrom('a', 'b', 't', 'x', '=', 'é'), { minLength: 1, maxLength: 4 });
    const word = fc.oneof(
      fc.constantFrom(...known, '', 'file', '---', '--x=y=z', '--t', '--=', '--a=b'),
      letters.map((some) => `-${some.join('')}`),
      // A name that begins with `=` is unknown to both, and spelled differently.
      letters.filter(([first]) => first !== '=').map((some) => `--${some.join('')}`),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (args) => {
        expect(tokensOf(TABLE, args)).toEqual(tokensOfNode(args));
      }),
      { numRuns: 5000 },
    );
  });

  it('are no end of flags inside of letters', () => {
    expect(tokensOf(TABLE, ['-a-', '-b'])).toEqual([
      { kind: 'flag', name: 'alpha', rawName: '-a', value: undefined },
      { kind: 'flag', name: '-', rawName: '--', value: undefined },
      { kind: 'flag', name: 'beta', rawName: '-b', value: undefined },
    ]);
  });

  it('are split in a time that grows with their number', () => {
    const args = Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? '-ab' : `file${i}`));
    expect(tokensOf(TABLE, args)).toHaveLength(150_000);
  });
});
