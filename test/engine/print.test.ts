import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/index.js';
import { beginsOddly, fileOf, fixture, linesOf, outputOf, settings } from './bytes.js';

const logs = fc
  .array(fc.oneof(fc.constant(10), fc.integer({ min: 97, max: 122 })), { maxLength: 1500 })
  .map((bytes) => Buffer.from(bytes));
const keeps = (line: Buffer, modulus: number) => line.reduce((sum, byte) => sum + byte, 0) % modulus === 0;

/** Returns the output of grep for the lines: a naive model of the printers. */
function shown(
  files: Buffer[],
  modulus: number,
  before: number,
  after: number,
  limit = Number.POSITIVE_INFINITY,
  inputLimit = Number.POSITIVE_INFINITY,
) {
  let text = '';
  let left = limit;
  for (const [file, bytes] of files.entries()) {
    if (left === 0) break;
    const lines = linesOf(bytes);
    const kept = lines.flatMap((line, i) => (keeps(line, modulus) ? [i] : [])).slice(0, Math.min(left, inputLimit));
    left -= kept.length;
    let last = Number.NaN;
    for (const [i, line] of lines.entries()) {
      const near = kept.some((k) => k - before <= i && i <= k + after);
      if (!near) continue;
      if (text !== '' && (before > 0 || after > 0) && last !== i - 1) text += '--\n';
      const mark = kept.includes(i) ? ':' : '-';
      text += `${i + 1}${mark}${line}\n`;
      last = i;
    }
    expect(file).toBeLessThan(files.length);
  }
  return text;
}

/** Returns the lines by which the fixture's transform replaces a line. */
function changed(line: Buffer): Buffer[] {
  const with_ = (text: string) => Buffer.concat([Buffer.from(text), line]);
  const sum = line.reduce((all, byte) => all + byte, 0);
  return [[line], [], [with_('*')], [with_('1'), Buffer.from(''), with_('3')]][sum % 4] as Buffer[];
}

/** Does the same after stages. Context lines pass only the transforms. */
function shownChanged(
  files: Buffer[],
  order: readonly ('filter' | 'transform')[],
  before: number,
  after: number,
  inputLimit = Number.POSITIVE_INFINITY,
) {
  const through = (line: Buffer, kinds: readonly string[]) =>
    kinds.reduce<Buffer[]>(
      (all, kind) => all.flatMap((one) => (kind === 'transform' ? changed(one) : keeps(one, 3) ? [one] : [])),
      [line],
    );
  let text = '';
  for (const bytes of files) {
    const lines = linesOf(bytes);
    let left = inputLimit;
    const kept = lines.map((line) => {
      const made = through(line, order).slice(0, left);
      left -= made.length;
      return made;
    });
    let last = Number.NaN;
    for (const [i, line] of lines.entries()) {
      const near = kept.slice(Math.max(0, i - after), i + before + 1).some((made) => made.length > 0);
      if (!near) continue;
      if (text !== '' && (before > 0 || after > 0) && last !== i - 1) text += '--\n';
      const made = kept[i] as Buffer[];
      for (const one of made) text += `${i + 1}:${one}\n`;
      if (made.length === 0) {
        const transforms = order.filter((kind) => kind === 'transform');
        for (const one of through(line, transforms)) text += `${i + 1}-${one}\n`;
      }
      last = i;
    }
  }
  return text;
}

describe('the lines around kept ones', () => {
  it('are shown once, in order, in any block size, on any number of workers, up to the limits', async () => {
    using filter = fixture({ modulus: '5' });
    const around = fc.integer({ min: 0, max: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(logs, { minLength: 1, maxLength: 3 }),
        around,
        around,
        fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
        fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
        settings,
        async (files, before, after, limit, inputLimit, setting) => {
          const print = { numbers: true, before, after };
          const pipeline = { stages: [{ filter }], print, limit, inputLimit, ...setting };
          const { output } = await outputOf(files.map(fileOf), pipeline);
          expect(output.toString()).toBe(shown(files, 5, before, after, limit, inputLimit));
        },
      ),
      { numRuns: 400 },
    );
  });

  const places = [
    { place: 'after a filter', order: ['filter', 'transform'] },
    { place: 'before a filter', order: ['transform', 'filter'] },
    { place: 'between filters', order: ['filter', 'transform', 'filter'] },
    { place: 'twice', order: ['transform', 'filter', 'transform'] },
  ] as const;
  it.each(places)('are what a transform $place makes of them, and never as they were', async ({ order }) => {
    using plugin = fixture({ modulus: '3' });
    const stages = order.map((kind) => (kind === 'filter' ? { filter: plugin } : { transform: plugin }));
    const limits = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
    const around = fc.integer({ min: 0, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(logs, { minLength: 1, maxLength: 3 }),
        around,
        around,
        limits,
        settings,
        async (files, before, after, inputLimit, setting) => {
          const print = { numbers: true, before, after };
          const { output } = await outputOf(files.map(fileOf), { stages, print, inputLimit, ...setting });
          expect(output.toString()).toBe(shownChanged(files, order, before, after, inputLimit));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('are refused behind a transform for which lines hang together, and with an exporter', async () => {
    using plugin = fixture({ ordered: true });
    const stages = [{ transform: plugin }];
    expect((await outputOf([], { stages, print: { before: 1 } })).error).toEqual(
      new UsageError(
        `run: the lines around kept ones cannot be shown after ${plugin.label}: what it makes of a line depends on other lines`,
      ),
    );
    expect((await outputOf([], { exporter: plugin, print: { numbers: true } })).error).toBeInstanceOf(UsageError);
  });
});

describe('the names of inputs', () => {
  it('are those that have a kept line, and no more of them is read than it takes', async () => {
    using filter = fixture({ modulus: '5' });
    await fc.assert(
      fc.asyncProperty(fc.array(logs, { minLength: 1, maxLength: 4 }), settings, async (contents, setting) => {
        const files = contents.map(fileOf);
        const { output } = await outputOf(files, { stages: [{ filter }], print: { form: 'names' }, ...setting });
        const wanted = files.filter((_, i) => linesOf(contents[i] as Buffer).some((line) => keeps(line, 5)));
        expect(output.toString()).toBe(wanted.map((name) => `${name}\n`).join(''));
      }),
      { numRuns: 200 },
    );
  });
});

describe('JSON Lines', () => {
  it('hold every kept line with its number and offset, as text or as base64', async () => {
    using filter = fixture({ modulus: '3' });
    const hostile = fc
      .array(
        fc.oneof(fc.constantFrom(10, 34, 92, 13, 0, 0xc3, 0xa4, 0xed, 0xa0, 0xf0), fc.integer({ min: 0, max: 255 })),
        {
          maxLength: 400,
        },
      )
      .map((bytes) => Buffer.from(bytes))
      .filter((bytes) => !beginsOddly(bytes));
    await fc.assert(
      fc.asyncProperty(hostile, settings, async (bytes, setting) => {
        const path = fileOf(bytes);
        const { output } = await outputOf([path], { stages: [{ filter }], print: { form: 'json' }, ...setting });
        const messages = output
          .toString()
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line));
        let offset = 0;
        const wanted = linesOf(bytes).flatMap((line, i) => {
          const at = offset;
          offset += line.length + 1;
          return keeps(line, 3) ? [{ number: i + 1, at, bytes: bytes.subarray(at, offset).toString('latin1') }] : [];
        });
        const found = messages
          .filter(({ type }) => type === 'match')
          .map(({ data: { line_number, absolute_offset, lines } }) => {
            const text = lines.text === undefined ? Buffer.from(lines.bytes, 'base64') : Buffer.from(lines.text);
            return { number: line_number, at: absolute_offset, bytes: text.toString('latin1') };
          });
        expect(found).toEqual(wanted);
        const types = messages.map(({ type }) => type);
        expect(types).toEqual(
          wanted.length > 0 ? ['begin', ...wanted.map(() => 'match'), 'end', 'summary'] : ['summary'],
        );
        expect(messages.at(-1).data.stats).toMatchObject({
          searches: Math.min(wanted.length, 1),
          matched_lines: wanted.length,
        });
      }),
      { numRuns: 300 },
    );
  });
});
