import { z } from 'zod';

// The messages of `rg --json`, with exactly the keys that ripgrep documents.

const count = z.number().int().nonnegative();
const data = z.union([z.strictObject({ text: z.string() }), z.strictObject({ bytes: z.base64() })]);
const path = data.nullable();
const duration = z.strictObject({
  secs: count,
  nanos: count.max(999_999_999),
  human: z.string().regex(/^\d+\.\d{6}s$/),
});
const stats = z.strictObject({
  elapsed: duration,
  searches: count,
  searches_with_match: count,
  bytes_searched: count,
  bytes_printed: count,
  matched_lines: count,
  matches: count,
});
const line = z.strictObject({
  path,
  lines: data,
  line_number: count.nullable(),
  absolute_offset: count,
  submatches: z.array(z.strictObject({ match: data, start: count, end: count })),
});

const message = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('begin'), data: z.strictObject({ path }) }),
  z.strictObject({ type: z.literal('match'), data: line }),
  z.strictObject({ type: z.literal('context'), data: line }),
  z.strictObject({
    type: z.literal('end'),
    data: z.strictObject({ path, binary_offset: count.nullable(), stats }),
  }),
  z.strictObject({ type: z.literal('summary'), data: z.strictObject({ elapsed_total: duration, stats }) }),
]);

export type Message = z.infer<typeof message>;

/** Returns the bytes that a message contains. */
export function bytesOf(value: z.infer<typeof data>): Buffer {
  return 'text' in value ? Buffer.from(value.text) : Buffer.from(value.bytes, 'base64');
}

/**
 * Reads JSON Lines as a strict reader of ripgrep's output does. Checks the order of the messages, that submatches lie
 * inside their line, and that the figures agree with the printed lines.
 * @throws if anything else is found
 */
export function messagesOf(output: Buffer): Message[] {
  const raw = output.toString('latin1').split('\n');
  if (raw.pop() !== '') throw new Error('the last line has no end');
  const messages = raw.map((text) => message.parse(JSON.parse(Buffer.from(text, 'latin1').toString())));
  const sum = {
    searches: 0,
    searches_with_match: 0,
    bytes_searched: 0,
    bytes_printed: 0,
    matched_lines: 0,
    matches: 0,
  };
  let begun: string | undefined;
  let input = { lines: 0, matches: 0, printed: 0 };
  for (const [index, { type, data }] of messages.entries()) {
    const size = (raw[index]?.length ?? 0) + 1;
    if (type === 'begin') {
      expectThat(begun === undefined, 'an input begins inside of another');
      begun = JSON.stringify(data.path);
      input = { lines: 0, matches: 0, printed: size };
    } else if (type === 'summary') {
      expectThat(index === messages.length - 1 && begun === undefined, 'the summary is not the last message');
      const { elapsed, ...figures } = data.stats;
      expectThat(JSON.stringify(sorted(figures)) === JSON.stringify(sorted(sum)), 'the summary is not the sum');
    } else {
      expectThat(begun === JSON.stringify(data.path), `a message ${type} is outside of its input`);
      if (type === 'end') {
        begun = undefined;
        const { stats } = data;
        expectThat(stats.matched_lines === input.lines && stats.matches === input.matches, 'wrong counts');
        expectThat(stats.bytes_printed === input.printed, 'a wrong number of bytes');
        for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += stats[key];
      } else {
        input.printed += size;
        checkSubmatches(data);
        if (type === 'match') {
          input.lines++;
          input.matches += data.submatches.length;
        }
      }
    }
  }
  expectThat(messages.at(-1)?.type === 'summary', 'there is no summary');
  return messages;
}

/** Returns the messages without their times. */
export function timeless(messages: readonly Message[]): unknown {
  return JSON.parse(JSON.stringify(messages), (key, value) => (/^elapsed/.test(key) ? undefined : value));
}

function checkSubmatches({ lines, submatches }: z.infer<typeof line>): void {
  const bytes = bytesOf(lines);
  let last = -1;
  for (const { match, start, end } of submatches) {
    expectThat(start <= end && end <= bytes.length && start >= last, 'a submatch is not in its place');
    expectThat(bytesOf(match).equals(bytes.subarray(start, end)), 'a submatch is not what stands there');
    last = end;
  }
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

const sorted = (figures: object) => Object.entries(figures).sort(([a], [b]) => (a < b ? -1 : 1));
