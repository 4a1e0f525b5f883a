import { spawn } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline as connect } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  lines,
  loadPlugin,
  type Pipeline,
  PipelineStream,
  type PluginFaultError,
  type RunResult,
  run,
} from '../../src/index.js';
import { misbehaving } from '../misbehaving/faults.js';
import { fifo, fileOf, linesOf, outputOf } from './bytes.js';

const MARK = '!';
type LongLines = NonNullable<Pipeline['longLines']>;

/** A line or a piece of a split line: its bytes, its number in the file and its offset there. */
interface Piece {
  bytes: Buffer;
  number: number;
  offset: number;
}

/** Returns the lines that a run gets: a naive model of the readers. */
function piecesOf(bytes: Buffer, maxLine: number, longLines: LongLines, from = 0): Piece[] {
  return linesOf(bytes.subarray(from)).flatMap((line, index) => {
    const offset = line.byteOffset - bytes.byteOffset;
    if (line.length <= maxLine || longLines === 'fail') return [{ bytes: line, number: index + 1, offset }];
    if (longLines === 'skip') return [];
    return Array.from({ length: Math.ceil(line.length / maxLine) }, (_, i) => ({
      bytes: line.subarray(i * maxLine, (i + 1) * maxLine),
      number: index + 1,
      offset: offset + i * maxLine,
    }));
  });
}

const BOM = Buffer.from('\ufeff');
const logs = fc
  .record({
    lines: fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean()), { minLength: 1, maxLength: 60 }),
    marks: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 3 }),
    crlf: fc.boolean(),
    mark: fc.boolean(),
    ended: fc.boolean(),
  })
  .map(({ lines, marks, crlf, mark, ended }) => {
    const texts = lines.map(([length, long]) => 'x'.repeat(long ? length * 20 : length));
    for (const [line, at] of marks) {
      const text = texts[line % texts.length] as string;
      texts[line % texts.length] =
        `${text.slice(0, at % (text.length + 1))}${MARK}${text.slice((at % (text.length + 1)) + 1)}`;
    }
    const end = crlf ? '\r\n' : '\n';
    const bytes = Buffer.from(texts.join(end) + (ended ? end : ''));
    return mark ? Buffer.concat([BOM, bytes]) : bytes;
  });
const limits = fc.integer({ min: 1, max: 300 });
const longs = fc.constantFrom<LongLines>('fail', 'skip', 'split');
const settings = fc.record({
  blockSize: fc.integer({ min: 16, max: 2000 }),
  workers: fc.integer({ min: 1, max: 4 }),
});

/** Ways to give the same bytes to a run. */
const WAYS: Record<string, (bytes: Buffer, pipeline: Pipeline) => Promise<RunResult>> = {
  file: (bytes, pipeline) => run([fileOf(bytes)], pipeline),
  'the second of two files': async (bytes, pipeline) => {
    const result = await run([fileOf(Buffer.from('a\nb\n')), fileOf(bytes)], pipeline);
    return result;
  },
  gzip: (bytes, pipeline) => run([fileOf(gzipSync(bytes))], pipeline),
  pipe: async (bytes, pipeline) => {
    const path = fifo();
    const child = spawn('sh', ['-c', `cat "${fileOf(bytes)}" > "${path}"`]);
    const result = await run([path], pipeline);
    child.kill();
    return result;
  },
  stream: async (bytes, pipeline) => {
    const stream = new PipelineStream(pipeline);
    stream.resume();
    await connect(Readable.from([bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)]), stream);
    return stream.result;
  },
};

const isolated = (fault: string, more: Record<string, unknown> = {}) =>
  loadPlugin(misbehaving(), {
    isolate: true,
    needs: ['filter', 'transform', 'exporter'],
    config: { fault, poison: MARK, ...more },
  });

const placesOf = (faults: readonly PluginFaultError[]) =>
  faults.map(({ place }) => ({ number: place?.line, offset: place?.offset, lines: place?.lines }));

describe.skipIf(process.env.LD_PRELOAD !== undefined)('the place of a line that a plugin does not survive', () => {
  it.each(Object.keys(WAYS))('is that in the file as it is: by %s', { timeout: 300_000 }, async (way) => {
    await fc.assert(
      fc.asyncProperty(
        logs,
        limits,
        longs,
        settings,
        fc.constantFrom('filter', 'transform', 'exporter'),
        async (bytes, maxLine, longLines, setting, at) => {
          using plugin = isolated('_exit-0', { at });
          const stage = { filter: { filter: plugin }, transform: { transform: plugin }, exporter: undefined }[at];
          const pipeline: Pipeline = {
            stages: stage ? [stage] : [],
            ...(stage ? {} : { exporter: plugin }),
            ...(longLines === 'fail' ? {} : { longLines, maxLine }),
            ...setting,
          };
          const result = await (WAYS[way] as (typeof WAYS)['file'])(bytes, pipeline);
          const from = bytes.subarray(0, 3).equals(BOM) ? 3 : 0;
          // The byte order mark counts for the length of the first line.
          fc.pre(longLines === 'fail' || from === 0);
          const pieces = piecesOf(bytes, maxLine, longLines, from);
          const marked = pieces.filter((piece) => piece.bytes.includes(MARK));
          expect(placesOf(result.faults)).toEqual(marked.map(({ number, offset }) => ({ number, offset, lines: 1 })));
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is that of the file that was read, when another takes its name meanwhile', async () => {
    using plugin = isolated('_exit-0');
    const all = Array.from({ length: 20_000 }, (_, i) => `${i} some words`);
    all[19_990] = MARK;
    const path = fileOf(Buffer.from(all.join('\n')));
    const kept = lines([path], { stages: [{ filter: plugin, invert: true }], workers: 1, blockSize: 4096 });
    let moved = false;
    for await (const _batch of kept) {
      // When the first batch comes, the file is open and not read to its end, because at most four batches wait.
      if (moved) continue;
      renameSync(path, `${path}.1`);
      writeFileSync(path, '\n'.repeat(500_000));
      moved = true;
    }
    expect(moved).toBe(true);
    expect(placesOf((await kept.result).faults)).toMatchObject([{ number: 19_991, lines: 1 }]);
  });
});

describe('the number of a printed line', () => {
  it('is that in the file as it is, for lines that are left out or cut, and those around kept ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        logs,
        limits,
        longs,
        settings,
        fc.nat(3),
        fc.nat(3),
        async (bytes, maxLine, longLines, setting, before, after) => {
          const from = bytes.subarray(0, 3).equals(BOM) ? 3 : 0;
          fc.pre(longLines === 'fail' || from === 0);
          using plugin = loadPlugin(misbehaving(), { needs: ['filter'], config: { fault: '' } });
          const { output } = await outputOf([fileOf(bytes)], {
            stages: [{ filter: plugin, invert: true }],
            print: { form: 'json', before, after },
            ...(longLines === 'fail' ? {} : { longLines, maxLine }),
            ...setting,
          });
          const seen = output
            .toString()
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
            .filter(({ type }) => type === 'match' || type === 'context')
            .map(({ data }) => ({ number: data.line_number, offset: data.absolute_offset }));
          const pieces = piecesOf(bytes, maxLine, longLines, from);
          // As in ripgrep, offsets do not count the byte order mark.
          expect(seen).toEqual(pieces.map(({ number, offset }) => ({ number, offset: offset - from })));
        },
      ),
      { numRuns: 200 },
    );
  });
});
