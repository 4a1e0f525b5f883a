import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtIn, ROOT, without } from '../e2e/command.js';
import { compile, makeScratch, pluginSource } from '../helpers/compile.js';
import { type Call, makeCounters, noInstructions, type Work } from '../helpers/instructions.js';

// Twice the input costs at most 2.5 times the instructions, by every call of every plugin, on the inputs that a stranger
// would choose. Instructions do not depend on the moment.

const SMALL = 20_000;
const MAX = 2.5;

type Input = (size: number) => Buffer;
const repeated = (piece: string | number[]): Input => {
  const bytes = Buffer.from(piece as string);
  return (size) => Buffer.alloc(size, bytes);
};
/** The same as short lines. */
const inLines = (input: Input, length: number): Input => {
  return (size) => {
    const bytes = Buffer.from(input(size));
    for (let at = length; at < size; at += length + 1) bytes[at] = 10;
    return bytes;
  };
};
const both = (name: string, input: Input): [string, Input][] => [
  [`one line of ${name}`, input],
  [`short lines of ${name}`, inLines(input, 50)],
  [`lines of two bytes of ${name}`, inLines(input, 2)],
];

const FILTER: Call[] = ['match', 'match_batch', 'scan', 'spans'];
const text = repeated([...readFileSync(join(ROOT, 'samples/access.log')).subarray(0, SMALL)]);

interface Subject {
  plugin: string;
  config: object;
  calls: Call[];
  inputs: [string, Input][];
  missing?: string;
}

const repeating = [...both('a', repeated('a')), ...both('ab', repeated('ab')), ...both('aab', repeated('aab'))];
const hostileBytes = [
  ...both('control characters', repeated([1, 27, 9, 0])),
  ...both('bytes that are no UTF-8', repeated([0xff])),
  ...both('characters that are cut off', repeated([0xf0, 0x9f, 0x98])),
  ...both('quotes', repeated('"')),
  ...both('commas', repeated(',')),
  ...both('backslashes', repeated('\\\\')),
  ...both('carriage returns', repeated('\r')),
];
const folding = both('letters that fold', repeated('\u017f\u212aKks'));

const SUBJECTS: Subject[] = [
  ...[`${'a'.repeat(100)}b`, 'aaab', `b${'a'.repeat(100)}`, `${'ab'.repeat(50)}c`, ''].flatMap((needle) =>
    [false, true].map(
      (ignoreCase): Subject => ({
        plugin: 'contains',
        config: { text: needle, ignoreCase },
        calls: FILTER,
        inputs: [...repeating, ['a log', text]],
      }),
    ),
  ),
  ...['a*b', '(a|aa)+c', '(a+)+c', 'a.{0,30}c', '\\w+\\s', '(?i)ks', '(?i)\\bstra\u00dfe', '^$', 'x*'].map(
    (pattern): Subject => ({
      plugin: 'regex',
      config: { pattern },
      calls: FILTER,
      inputs: [...repeating.slice(3), ...folding.slice(0, 2), ['a log', text], ...hostileBytes.slice(3, 5)],
      missing: without.regex,
    }),
  ),
  ...[
    { patterns: ['aaaab', 'a+c', '(a|aa)+c', 'a.{0,30}c'] },
    { patterns: ['ks', 'stra\u00dfe', '.b'], ignoreCase: true },
    { patterns: ['a', 'b', ''] },
    { patterns: ['a', 'ab'], wholeWord: true },
    { patterns: Array.from({ length: 50 }, (_, i) => `${'a'.repeat(i + 1)}b`), literal: true },
    { patterns: ['\\s', '[^a]b', 'a$'], unicode: false },
  ].map(
    (config): Subject => ({
      // It searches a block in other ways once it has met many matches, which costs something once.
      plugin: 'patterns',
      config,
      calls: ['match', 'match_batch', 'scan', 'transform', 'transform_batch'],
      inputs: [
        ...repeating.slice(3),
        ...folding.slice(0, 2),
        ['a log', (size) => text(4 * size)],
        ...hostileBytes.slice(3, 5),
      ],
      missing: without.patterns,
    }),
  ),
  { plugin: 'csv', config: {}, calls: ['write'], inputs: hostileBytes },
  { plugin: 'csv', config: { delimiter: '\\', newline: 'crlf' }, calls: ['write'], inputs: hostileBytes },
  { plugin: 'jsonl', config: {}, calls: ['write'], inputs: [...hostileBytes, ...folding] },
];

const why = noInstructions ? ` (skipped: ${noInstructions})` : '';
describe.skipIf(noInstructions)(`twice the input is at most ${MAX} times the work${why}`, () => {
  const scratch = makeScratch();
  const count = noInstructions ? undefined : makeCounters(scratch);

  test('and a plugin that does more is noticed', () => {
    const head = `static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  volatile unsigned pairs = 0;
  for (uint64_t i = 0; i < len; i += 50) for (uint64_t j = 0; j < i; j += 50) pairs += data[i] == data[j];
  return pairs > 0;
}
static const plug_filter filter = {.size = sizeof filter, .match = match};`;
    const extension = 'return plug_same_id(id, PLUG_FILTER) ? &filter : NULL;';
    const library = compile(scratch, 'quadratic', pluginSource({ head, extension }));
    const works = [SMALL, 2 * SMALL].map((size): Work => ['match', Buffer.alloc(size, 'a')]);
    const [small = 0, large = 0] = count?.(library, {}, works) ?? [];
    expect(large / small).toBeGreaterThan(3.5);
  });

  for (const { plugin, config, calls, inputs, missing = '' } of SUBJECTS) {
    const title = `of ${plugin} ${JSON.stringify(config).slice(0, 60)}${missing}`;
    test.skipIf(missing)(title, { timeout: 600_000 }, () => {
      const tried = calls.flatMap((call) => inputs.map(([name, input]) => ({ call, name, input })));
      const works = tried.flatMap(({ call, input }) => [SMALL, 2 * SMALL].map((size): Work => [call, input(size)]));
      const counted = count?.(builtIn(plugin), config, works) ?? [];
      expect(counted).toHaveLength(works.length);
      const tooMuch = tried.flatMap(({ call, name }, i) => {
        const [small = 0, large = 0] = counted.slice(2 * i, 2 * i + 2);
        return large / small <= MAX ? [] : [`${call} of ${name}: ${small}, then ${large}`];
      });
      expect(tooMuch).toEqual([]);
    });
  }
});
