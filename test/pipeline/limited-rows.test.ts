import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPlugin, type Pipeline, type Stage } from '../../src/index.js';
import { without } from '../e2e/command.js';
import { fileOf, folder, outputOf, settings } from '../engine/bytes.js';

const sanitized = process.env.LD_PRELOAD !== undefined;

/** A line with a row, one that does not fit, or one that is skipped. */
type Line = { a: number; b: string } | 'unfit' | 'skipped';

const line: fc.Arbitrary<Line> = fc.oneof(
  {
    weight: 5,
    // Long values, so that there are several blocks.
    arbitrary: fc.record({ a: fc.nat(99), b: fc.constantFrom('text', 'me@example.com', 'y'.repeat(500)) }),
  },
  { weight: 2, arbitrary: fc.constantFrom<Line>('unfit', 'skipped') },
);
const few = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined });

/** A parser that must get all lines in order, and one whose blocks are exported by all workers. */
const FORMATS = [
  {
    name: 'delimited',
    config: { header: 'w3c' },
    begin: '#Fields: a b\n',
    written: (one: Line) =>
      one === 'unfit' ? 'too many fields for it' : one === 'skipped' ? '# a note' : `${one.a} ${one.b}`,
  },
  {
    name: 'json',
    config: {},
    begin: '',
    written: (one: Line) => (one === 'unfit' ? '[1]' : one === 'skipped' ? '' : JSON.stringify(one)),
  },
];

interface Limits {
  limit: number | undefined;
  inputLimit: number | undefined;
}

/**
 * Returns how many lines of each input a run reads, and how many rows it keeps of each: a naive model, in which a run
 * takes one line after the other. `isRow` says which of them are rows at the end, and `ends` which one is not read over.
 */
function read(
  inputs: readonly Line[][],
  { limit = Number.POSITIVE_INFINITY, inputLimit = Number.POSITIVE_INFINITY }: Limits,
  isRow: (one: Line) => boolean,
  ends: (one: Line) => boolean,
) {
  let left = limit;
  let failed = false;
  const found = inputs.map((lines) => {
    const most = failed ? 0 : Math.min(left, inputLimit);
    let [at, kept] = [0, 0];
    while (at < lines.length && kept < most && !failed) {
      const one = lines[at++] as Line;
      if (ends(one)) failed = true;
      else if (isRow(one)) kept++;
    }
    left -= kept;
    return { at, kept };
  });
  return { found, failed };
}

describe.skipIf(without.where)('runs that export some rows', () => {
  it.each([undefined, ...(sanitized ? [] : [{}])])(
    'take the lines up to the last row, and none after it (isolated: %o)',
    async (isolate) => {
      const how = isolate && { isolate };
      using much = loadPlugin('where', { ...how, config: { expr: 'a >= 50' } });
      using redact = loadPlugin('redact');
      using contains = loadPlugin('contains', { config: { text: 'e' } });
      using csv = loadPlugin('csv');
      using numbered = loadPlugin('csv', { config: { line: true } });
      using table = loadPlugin('table', how);
      const parsers = FORMATS.map(({ name, config }) => loadPlugin(name, { ...how, config }));
      const isMuch = (one: Line) => typeof one === 'object' && one.a >= 50;
      let unparsedFiles = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.tuple(fc.array(line, { maxLength: 40 }), fc.array(line, { maxLength: 40 })),
          fc.record({ limit: few, inputLimit: few }),
          fc.record({
            format: fc.nat(1),
            way: fc.nat(4),
            unparsed: fc.constantFrom('drop', 'keep', 'fail', 'file'),
            exporter: fc.constantFrom(csv, numbered, table),
          }),
          settings,
          async (inputs, limits, { format, way, unparsed, exporter }, setting) => {
            const { begin, written } = FORMATS[format] as (typeof FORMATS)[number];
            const parser = parsers[format] as (typeof parsers)[number];
            const rowsOfLines = { parser, ...(unparsed !== 'file' && { unparsed: unparsed as 'drop' }) };
            const whereMuch: Stage = { ...rowsOfLines, filters: [{ row_filter: much }] };
            const kept = (one: Line) => typeof one === 'object' || (one === 'unfit' && unparsed === 'keep');
            const [stages, isRow] = (
              [
                [[], kept],
                [[{ transform: redact }], kept],
                [[whereMuch], isMuch],
                [[whereMuch, { transform: redact }], isMuch],
                [[whereMuch, { filter: contains }], (one) => isMuch(one) && /e/.test(written(one))],
              ] as [Stage[], (one: Line) => boolean][]
            )[way] as [Stage[], (one: Line) => boolean];
            const ends = (one: Line) => unparsed === 'fail' && one === 'unfit';
            const logOf = (lines: readonly Line[]) =>
              fileOf(Buffer.from(begin + lines.map((one) => `${written(one)}\n`).join('')));
            const done = async (some: readonly Line[][], pipeline: Omit<Pipeline, 'output'>) => {
              const unparsedOutput = unparsed === 'file' ? join(folder, `unfit${unparsedFiles++}`) : undefined;
              const { output, result, error } = await outputOf(some.map(logOf), {
                stages,
                exporter,
                rows: { ...rowsOfLines, columns: ['a:integer', 'b'] },
                unparsedOutput,
                ...pipeline,
              });
              const unfit = unparsedOutput === undefined ? undefined : readFileSync(unparsedOutput, 'utf8');
              return { output: output.toString(), result, error, unfit };
            };
            const { found, failed } = read(inputs, limits, isRow, ends);
            const limited = await done(inputs, { ...limits, ...setting });
            const whole = await done(
              inputs.map((lines, at) => lines.slice(0, found[at]?.at)),
              {},
            );
            // A table has its end only if the run has one.
            expect([limited.output, limited.unfit]).toEqual([whole.output, whole.unfit]);
            expect(limited.error === undefined).toBe(!failed);
            const keptInAll = found.reduce((sum, input) => sum + input.kept, 0);
            if (exporter !== table) expect(limited.output.match(/\n/g)).toHaveLength(1 + keptInAll);
            if (failed) return;
            expect(limited.result?.inputs.map((input) => input.kept)).toEqual(found.map((input) => input.kept));
            expect(limited.result?.kept).toBe(keptInAll);
            if (way !== 0) return;
            const counts = (result = limited.result) =>
              result?.stages.map(({ linesIn, linesSkipped, linesUnfit }) => ({ linesIn, linesSkipped, linesUnfit }));
            // An input that is not reached is not read, and its header does not count.
            const unread = limited.result?.inputs.filter(({ state }) => state === 'unread').length ?? 0;
            const headers = begin ? unread : 0;
            expect(counts()).toEqual(
              counts(whole.result)?.map((one) => ({
                ...one,
                linesIn: one.linesIn - headers,
                linesSkipped: one.linesSkipped - headers,
              })),
            );
          },
        ),
        { numRuns: isolate ? 60 : 400 },
      );
      for (const parser of parsers) parser[Symbol.dispose]();
    },
  );
});
