import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPlugin, type Pipeline, rows, run, type Stage } from '../../src/index.js';
import { without } from '../e2e/command.js';
import { fileOf, folder, settings } from '../engine/bytes.js';

const sanitized = process.env.LD_PRELOAD !== undefined;
const isolates = [undefined, {}, ...(sanitized ? [] : [{ sandbox: true }])];

/** A line of a log of W3C: a header, another line without a row, a line that does not fit, or the values of a row. */
type Line = { header: readonly string[] } | { none: string } | { unfit: string } | { a: number; b: string };

interface Row {
  a: number | null;
  b: string | null;
}

const line: fc.Arbitrary<Line> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(['a', 'b'], ['b', 'a'], ['x', 'b', 'a'], ['b', 'x']).map((header) => ({ header })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '\r', '#', '# a note', '#Fields', '#Date: 2026-01-31').map((none) => ({ none })),
  },
  { weight: 1, arbitrary: fc.constant({ unfit: 'too many fields for any header' }) },
  {
    weight: 9,
    // Long values, so that there are several blocks.
    arbitrary: fc.record({
      a: fc.nat(99),
      b: fc.constantFrom('text', 'me@example.com', 'y'.repeat(500), 'z'.repeat(900)),
    }),
  },
);

/** Writes lines as text, and says which rows, skipped lines and lines that do not fit they are. */
function logOf(lines: readonly Line[]) {
  let header: readonly string[] | undefined;
  const found = { text: '', rows: [] as Row[], skipped: 0, unfit: [] as string[] };
  const written = lines.map((one) => {
    if ('header' in one) {
      header = one.header;
      found.skipped++;
      return `#Fields: ${header.join(' ')}`;
    }
    if ('none' in one) {
      found.skipped++;
      return one.none;
    }
    const { a, b } = 'a' in one ? { a: `${one.a}`, b: one.b } : { a: '', b: '' };
    const values = 'a' in one ? (header ?? ['a', 'b']).map((name) => ({ a, b, x: 'x' })[name]).join(' ') : one.unfit;
    if (!header || 'unfit' in one) found.unfit.push(values);
    else found.rows.push({ a: header.includes('a') ? Number(a) : null, b });
    return values;
  });
  found.text = written.map((one) => `${one}\n`).join('');
  return found;
}

const redacted = (b: string | null) => b?.replace('me@example.com', '[redacted]') ?? null;

describe.skipIf(without.where)('lines without a row', () => {
  it.each(isolates)('are skipped, and headers among them reach every stage that reads rows (%o)', async (isolate) => {
    const how = isolate && { isolate };
    using parser = loadPlugin('delimited', { ...how, config: { header: 'w3c' } });
    using much = loadPlugin('where', { ...how, config: { expr: 'a >= 50' } });
    using short = loadPlugin('where', { ...how, config: { expr: "b ~ '^.{1,600}$'" } });
    using contains = loadPlugin('contains', { config: { text: 'e' } });
    using redact = loadPlugin('redact');
    const isMuch = ({ a }: Row) => (a ?? 0) >= 50;
    const isShort = ({ b }: Row) => (b ?? '').length <= 600;
    const whereMuch: Stage = { parser, filters: [{ row_filter: much }] };
    const whereShort: Stage = { parser, filters: [{ row_filter: short }] };
    const ways: [Stage[], (rows: Row[]) => Row[]][] = [
      [[], (all) => all],
      [[whereMuch], (all) => all.filter(isMuch)],
      [[{ transform: redact }, whereMuch], (all) => all.filter(isMuch).map(({ a, b }) => ({ a, b: redacted(b) }))],
      [
        [whereMuch, { transform: redact }, whereShort],
        (all) => all.filter((row) => isMuch(row) && isShort(row)).map(({ a, b }) => ({ a, b: redacted(b) })),
      ],
      [[{ any: [whereMuch, whereShort] }], (all) => all.filter((row) => isMuch(row) || isShort(row))],
      [[whereShort, { filter: contains }], (all) => all.filter((row) => isShort(row) && /e/.test(`${row.b}`))],
    ];
    const columns = ['a:integer', 'b'];
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 60 }),
        fc.nat(ways.length - 1),
        settings,
        async (lines, which, setting) => {
          const log = logOf(lines);
          const [stages, expected] = ways[which] as (typeof ways)[number];
          const path = fileOf(Buffer.from(log.text));
          const batches = rows([path, path], { stages, rows: { parser, columns }, ...setting });
          const found: object[] = [];
          for await (const batch of batches) found.push(...batch);
          expect(found).toEqual([...expected(log.rows), ...expected(log.rows)]);
          const counts = (await batches.result).stages.map(({ linesSkipped, linesUnfit }) => [
            linesSkipped,
            linesUnfit,
          ]);
          // The first stage that reads rows counts. In a stage with any, its first filter does.
          const first = stages.findIndex((stage) => 'parser' in stage || 'any' in stage);
          const counted = first < 0 ? stages.length : first;
          const all = [2 * log.skipped, 2 * log.unfit.length];
          expect(counts).toEqual(counts.map((_, at) => (at === counted ? all : [0, 0])));
        },
      ),
      { numRuns: isolate ? 60 : 300 },
    );
  });

  it('are not written among those that do not fit, nor kept, and end no run', async () => {
    using parser = loadPlugin('delimited');
    using csv = loadPlugin('csv');
    const path = fileOf(Buffer.from('\na,b\n1,2\n\nx\n3,4\n'));
    const [output, unparsedOutput] = [join(folder, 'skipped.csv'), join(folder, 'skipped.log')];
    const written = async (pipeline: Pipeline) => {
      await run([path], { exporter: csv, output, ...pipeline });
      return readFileSync(output, 'utf8');
    };
    const columns = ['b', 'a'];
    expect(await written({ rows: { parser, columns }, unparsedOutput })).toBe('b,a\n2,1\n4,3\n');
    expect(readFileSync(unparsedOutput, 'utf8')).toBe('x\n');
    expect(await written({ rows: { parser, columns, unparsed: 'keep' } })).toBe('b,a\n2,1\n,\n4,3\n');
    const sound = fileOf(Buffer.from('a,b\n1,2\n\n'));
    const { stages } = await run([sound], { exporter: csv, output, rows: { parser, columns, unparsed: 'fail' } });
    expect(stages).toMatchObject([{ linesIn: 3, linesSkipped: 2, linesUnfit: 0 }]);
    await expect(written({ rows: { parser, columns, unparsed: 'fail' } })).rejects.toThrow(
      'line 5 is not in the format',
    );
  });
});
