import { describe, expect, it } from 'vitest';
import { builtIn } from '../e2e/command.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';
import { makeCounter, noInstructions } from '../helpers/instructions.js';

/** What a line can be full of, so that each finder has to look as often as it can. */
const PIECES = [
  'password=', 'password="', "password='", 'password:', 'token: ', 'token:[', 'token={', 'password=a,', 'password=a;b=',
  '"password":', '"password":[', '\\"password\\":\\"', 'secret=', 'authorization: basic ', 'cookie: a=b; ', 'a_-', '_-=',
  'AKIA', 'AKIAIOSFODNN7EXAMPLE-', 'github_pat_', 'ghp_aaaaaaaaaaaaaaaaaaaaaaaa_', 'xoxb-', 'sk-', 'eyJ.', 'eyJhbGciOiJ-',
  'eyJhbGciOiJIUzI1NiJ9.', 'abcdefghijklmnop/', 'Bearer ', 'Bearer a1b2c3d4', '::', 'a::', '1:2:', 'dead:', ':', '1', '1.',
  '1.2.3.4', '4111 ', '1234 567 ', '411111111111111', '@', 'a@', 'a@b.', 'a.', 'a@b.co', 'https://a:b@', 'https://@', '//',
  '\\', '\\\\n', '\\u00e9', '\\"', '\x1b[', '\x1b[31m', '\x1b[1', '\x1b]', '"', "'", '`', '[', '{"a":[', ']', '%25', '%', '%41', '%2',
  '&amp;', '&', '&#', '^[', '#033', '.', '-', '--', '-u ', '--password ', '-----BEGIN ', '-----BEGIN PRIVATE KEY-----', '<',
  '<a', '<password>', 'value=', '=', '= ', ',', ',a=', '|', ' ', 'é', '\xff',
]; // biome-ignore format: a list

/** The same, mixed: what one of them begins the next ones may go on with. */
const MIXTURES = [
  ['password=', '\\"'], ['password=[', '"'], ['token:', 'AKIA', '::'], ['"', '\\"', '\\\\\\"'], ['eyJ', '-', '.'], ['@', '.', 'a:'],
  ['\x1b[31m', 'password='], ['\x1b[', '1.2.3.4'], ['%25', '%40', 'a'], ['[', '"password":', '{'], ['https://', 'a', '@', ':'],
  ['password=', "'", 'a'], ['1', ':', ' '], ['4111', '-', '4111 '], ['\\', '"', '\\u005c'],
  ['%5C', '\\'], ['\\', '%5C', '"'], ['\\\\', '\\u0022'], ['"":4111111111111111,'], ['""token"":[""', '""'],
]; // biome-ignore format: a list

describe.skipIf(noCompiler || noInstructions)(
  `redact in long lines${noInstructions ? ` (skipped: ${noInstructions})` : ''}`,
  () => {
    const folder = makeScratch();
    const config = { kinds: ['ipv4', 'ipv6', 'email', 'token', 'secret', 'card'], replacement: '[redacted]' };
    const LENGTH = 10_000;
    const ALL = [...PIECES.map((piece) => [piece]), ...MIXTURES];
    const TOGETHER = 30;

    it('takes no more than 2.5 times the instructions for a line twice as long', () => {
      const count = makeCounter(folder);
      const growth = (group: readonly string[][]) => {
        const of = (length: number) => {
          const lines = group.map((pieces) => `${pieces.join('').repeat(length).slice(0, length)}\n`);
          return count(builtIn('redact'), config, 'transform', Buffer.from(lines.join(''), 'latin1'));
        };
        return of(2 * LENGTH) / of(LENGTH);
      };
      // To start the counter takes longer than to count, so several lines are counted together, and if they grow too fast
      // each by itself, which names the guilty one.
      const groups = Array.from({ length: Math.ceil(ALL.length / TOGETHER) }, (_, i) =>
        ALL.slice(i * TOGETHER, (i + 1) * TOGETHER),
      );
      const guilty = groups
        .filter((group) => growth(group) > 2.5)
        .flatMap((group) => group.map((pieces) => ({ pieces, growth: growth([pieces]) })));
      expect(guilty).toEqual([]);
    });
  },
);
