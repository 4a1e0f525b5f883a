import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CancelledError, LineTooLongError, PipelineStream, webStream } from '../../src/index.js';
import { fileOf, fixture, folder, joined, linesOf, settings } from '../engine/bytes.js';

const sanitized = process.env.LD_PRELOAD !== undefined;
const keeps = (line: Buffer, modulus: number) => line.reduce((sum, byte) => sum + byte, 0) % modulus === 0;
const large = Buffer.from(Array.from({ length: 400_000 }, (_, i) => `${i} a line of some words\n`).join(''));

/** The bytes in pieces of the sizes, again and again. */
function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function through(pieces: Iterable<Buffer>, stream: PipelineStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  const into = new Writable({
    write(part, _encoding, done) {
      parts.push(part);
      done();
    },
  });
  await pipeline(Readable.from(pieces), stream, into);
  return Buffer.concat(parts);
}

describe('a stream of Node through a pipeline', () => {
  it('gives the kept lines, wherever the pieces are cut', async () => {
    using filter = fixture({ modulus: '3' });
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 10 });
    const logs = fc
      .uint8Array({ maxLength: 3000 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte % 5 ? byte : 10))));
    await fc.assert(
      fc.asyncProperty(logs, sizes, settings, async (bytes, sizes, setting) => {
        fc.pre(!bytes.subarray(0, 3).equals(Buffer.from('efbbbf', 'hex')));
        const stream = new PipelineStream({ stages: [{ filter }], ...setting });
        const wanted = linesOf(bytes).filter((line) => keeps(line, 3));
        expect((await through(cut(bytes, sizes), stream)).equals(joined(wanted))).toBe(true);
        expect((await stream.result).kept).toBe(wanted.length);
      }),
      { numRuns: 200 },
    );
  });

  it('gives what an exporter makes', async () => {
    using plugin = fixture();
    const output = await through(cut(Buffer.from('a\nb\n'), [1]), new PipelineStream({ exporter: plugin }));
    expect(output.length).toBeGreaterThan(4);
  });

  it('gives a line as soon as it is whole', async () => {
    const stream = new PipelineStream({});
    const heard: string[] = [];
    stream.on('data', (part) => heard.push(part.toString()));
    for (const piece of ['on', 'e\ntw', 'o\nthree']) {
      stream.write(piece);
      await sleep(100);
    }
    expect(heard.join('')).toBe('one\ntwo\n');
    stream.end();
    await new Promise((done) => stream.once('end', done));
    expect(heard.join('')).toBe('one\ntwo\nthree\n');
  });

  it('takes no more while nobody reads, so that memory stays flat', async () => {
    const stream = new PipelineStream({});
    let given = 0;
    const source = Readable.from(
      (function* () {
        for (let i = 0; i < 100; i++) {
          given += large.length;
          yield Buffer.from(large);
        }
      })(),
    );
    const before = process.memoryUsage().rss;
    source.pipe(stream);
    await sleep(500);
    expect(given).toBeLessThan(6 * large.length);
    if (!sanitized) expect(process.memoryUsage().rss - before).toBeLessThan(120 << 20);
    source.destroy();
    stream.destroy();
    await stream.result;
  });

  it('ends early, with the source, when the limit is reached', async () => {
    const output = await through(cut(large, [65_536]), new PipelineStream({ limit: 3 }));
    expect(output.toString().split('\n').length).toBe(4);
  });

  it('fails on both sides by what the run fails by', async () => {
    const path = fileOf(Buffer.from(`a\n${'x'.repeat(100)}\n`));
    const target = join(folder, 'failed');
    const stream = new PipelineStream({ maxLine: 10 });
    const failed = pipeline(createReadStream(path), stream, createWriteStream(target));
    await expect(failed).rejects.toBeInstanceOf(LineTooLongError);
    expect(stream.destroyed).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe('a\n');
  });

  it('frees its plugins when another stream of the pipeline fails', async () => {
    const filter = fixture();
    const stream = new PipelineStream({ stages: [{ filter }] });
    const broken = new Writable({ write: (_part, _encoding, done) => done(new Error('full')) });
    await expect(pipeline(Readable.from(cut(large, [65_536])), stream, broken)).rejects.toThrow('full');
    await stream.result;
    filter.close();
  });

  it('ends by an abort', async () => {
    const stop = new AbortController();
    const stream = new PipelineStream({}, { signal: stop.signal });
    const failed = through(cut(large, [65_536]), stream);
    stop.abort();
    await expect(failed).rejects.toBeInstanceOf(CancelledError);
  });
});

describe('a stream of the web through a pipeline', () => {
  it('gives the kept lines', async () => {
    using filter = fixture({ modulus: '3' });
    const source = Readable.toWeb(Readable.from(cut(large, [100_000])));
    const parts: Uint8Array[] = [];
    for await (const part of source.pipeThrough(webStream({ stages: [{ filter }] }))) parts.push(part);
    const wanted = joined(linesOf(large).filter((line) => keeps(line, 3)));
    expect(Buffer.concat(parts).equals(wanted)).toBe(true);
  });

  it('is ended by cancelling it', async () => {
    const filter = fixture();
    const { readable } = webStream({ stages: [{ filter }] });
    await readable.cancel();
    await sleep(10);
    filter.close();
  });
});
