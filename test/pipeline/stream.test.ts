import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CancelledError, LineTooLongError, PipelineStream, UsageError, webStream } from '../../src/index.js';
import { ROOT } from '../e2e/command.js';
import { realLogs } from '../e2e/logs.js';
import { fileOf, fixture, folder, joined, linesOf, outputOf, settings } from '../engine/bytes.js';

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

/** The same piece for ever. */
function* endless(piece: Buffer): Generator<Buffer> {
  for (;;) yield piece;
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

  it.skipIf(realLogs().length === 0)(
    'gives for real logs what a run writes, on any number of workers (skipped without ../shared/data)',
    async () => {
      using filter = fixture({ modulus: '7' });
      for (const path of realLogs()) {
        const { output } = await outputOf([path], { stages: [{ filter }] });
        for (const workers of [1, 2, 7]) {
          const stream = new PipelineStream({ stages: [{ filter }], workers, blockSize: 5000 });
          const found = await through(cut(readFileSync(path), [1, 40_000, 7]), stream);
          expect(found.equals(output), `${path} on ${workers}`).toBe(true);
        }
      }
    },
  );

  it('gives what an exporter makes', async () => {
    using plugin = fixture();
    const bytes = Buffer.from('a\nb\n');
    const { output } = await outputOf([fileOf(bytes)], { exporter: plugin });
    expect((await through(cut(bytes, [1]), new PipelineStream({ exporter: plugin }))).toString()).toBe(String(output));
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

  it('ends at the limit, and drops what is written behind it', async () => {
    const stream = new PipelineStream({ limit: 3 });
    const output = await through(cut(large, [65_536]), stream);
    expect(output.equals(joined(linesOf(large).slice(0, 3)))).toBe(true);
    expect((await stream.result).kept).toBe(3);
  });

  it('ends at the limit for its reader, whatever the source still has', async () => {
    const source = Readable.from(endless(Buffer.from('a\n')));
    const found: Buffer[] = [];
    for await (const part of source.pipe(new PipelineStream({ limit: 3 }))) found.push(part);
    source.destroy();
    expect(Buffer.concat(found).toString()).toBe('a\na\na\n');
  });

  it('fails on both sides by what the run fails by', async () => {
    const path = fileOf(Buffer.from(`a\n${'x'.repeat(100)}\n`));
    const target = join(folder, 'failed');
    const stream = new PipelineStream({ maxLine: 10 });
    const failed = pipeline(createReadStream(path), stream, createWriteStream(target));
    await expect(failed).rejects.toBeInstanceOf(LineTooLongError);
    expect(stream.destroyed).toBe(true);
    // The failure may overtake what was on its way.
    expect(['', 'a\n']).toContain(readFileSync(target, 'utf8'));
  });

  it('frees its plugins when another stream of the pipeline fails', async () => {
    const filter = fixture();
    const stream = new PipelineStream({ stages: [{ filter }] });
    const broken = new Writable({ write: (_part, _encoding, done) => done(new Error('full')) });
    await expect(pipeline(Readable.from(cut(large, [65_536])), stream, broken)).rejects.toThrow('full');
    await stream.result;
    filter.close();
  });

  it('frees its plugins when the source fails', async () => {
    const filter = fixture();
    const stream = new PipelineStream({ stages: [{ filter }] });
    const source = Readable.from(
      (function* () {
        yield* cut(large.subarray(0, 200_000), [65_536]);
        throw new Error('lost');
      })(),
    );
    const into = new Writable({ write: (_part, _encoding, done) => done() });
    await expect(pipeline(source, stream, into)).rejects.toThrow('lost');
    await stream.result;
    filter.close();
  });

  it('ends with its worker thread, at any moment', async () => {
    const path = join(folder, 'stream-worker.mjs');
    writeFileSync(
      path,
      `import { Readable } from 'node:stream';
       import { parentPort } from 'node:worker_threads';
       import { PipelineStream } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
       const piece = Buffer.from('a line of some words\\n'.repeat(5000));
       const source = Readable.from((function* () { for (;;) yield piece; })());
       for await (const part of source.pipe(new PipelineStream({ workers: 3 }))) parentPort.postMessage(part.length);`,
    );
    for (let round = 0; round < 10; round++) {
      const worker = new Worker(path);
      await new Promise((done) => worker.once('message', done));
      await sleep(round * 3);
      expect(await worker.terminate()).toBe(1);
    }
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
  const endlessWeb = (piece: Buffer) => {
    const source = { given: 0, cancelled: undefined as unknown };
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          source.given += piece.length;
          controller.enqueue(Buffer.from(piece));
        },
        cancel(reason) {
          source.cancelled = reason;
        },
      },
      { highWaterMark: 0 },
    );
    return { source, stream };
  };
  const textOf = async (stream: AsyncIterable<Uint8Array>, parts: string[] = []) => {
    for await (const part of stream) parts.push(Buffer.from(part).toString());
    return parts.join('');
  };

  it('gives the kept lines, and tells what was done', async () => {
    using filter = fixture({ modulus: '3' });
    const source = Readable.toWeb(Readable.from(cut(large, [100_000])));
    const { result, ...web } = webStream({ stages: [{ filter }] });
    const parts: Uint8Array[] = [];
    for await (const part of source.pipeThrough(web)) parts.push(part);
    const wanted = linesOf(large).filter((line) => keeps(line, 3));
    expect(Buffer.concat(parts).equals(joined(wanted))).toBe(true);
    const { bytes, kept } = await result;
    expect({ bytes, kept }).toEqual({ bytes: large.length, kept: wanted.length });
  });

  it('takes bytes in any view of them, and nothing else', async () => {
    const { readable, writable } = webStream({});
    const writer = writable.getWriter();
    const bytes = Buffer.from('..one\ntwo\n..');
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const text = textOf(readable);
    await writer.write(new DataView(buffer, 2, 4));
    await writer.write(new Uint16Array(buffer, 6, 2));
    await writer.write(new ArrayBuffer(0));
    await writer.write(buffer.slice(2, 6));
    await writer.close();
    expect(await text).toBe('one\ntwo\none\n');

    const other = webStream({});
    const refused = other.writable.getWriter();
    await Promise.all([
      expect(refused.write('text' as never)).rejects.toThrow('write: bytes are needed, not "text"'),
      expect(textOf(other.readable)).rejects.toBeInstanceOf(UsageError),
      other.result,
    ]);
  });

  it('takes no more while nobody reads, so that memory stays flat', async () => {
    const { source, stream } = endlessWeb(large.subarray(0, 262_144));
    const before = process.memoryUsage().rss;
    const reader = stream.pipeThrough(webStream({ workers: 2 })).getReader();
    await reader.read();
    await sleep(500);
    expect(source.given).toBeLessThan(16 << 20);
    if (!sanitized) expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
    await reader.cancel();
  });

  it('closes at the limit, and cancels a source that would never end', async () => {
    const { source, stream } = endlessWeb(Buffer.from('a\n'));
    expect(await textOf(stream.pipeThrough(webStream({ limit: 3 })))).toBe('a\na\na\n');
    await expect.poll(() => source.cancelled).toBeInstanceOf(CancelledError);
  });

  it('fails on both sides by what the run fails by, behind the lines before', async () => {
    const { readable, writable, result } = webStream({ maxLine: 10 });
    const writer = writable.getWriter();
    const closed = writer.closed.catch((error) => error);
    writer.write(Buffer.from(`a\n${'x'.repeat(100)}\n`)).catch(() => {});
    const parts: string[] = [];
    await expect(textOf(readable, parts)).rejects.toBeInstanceOf(LineTooLongError);
    expect(parts).toEqual(['a\n']);
    expect(await closed).toBeInstanceOf(LineTooLongError);
    await expect(result).rejects.toBeInstanceOf(LineTooLongError);
  });

  it('fails for its reader by what its source fails by', async () => {
    const filter = fixture();
    const source = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('lost')) });
    const { result, ...web } = webStream({ stages: [{ filter }] });
    await expect(textOf(source.pipeThrough(web))).rejects.toThrow('lost');
    await result;
    filter.close();
  });

  it('is ended by cancelling it, and its source with it', async () => {
    const filter = fixture();
    const { source, stream } = endlessWeb(large.subarray(0, 65_536));
    const reader = stream.pipeThrough(webStream({ stages: [{ filter }] })).getReader();
    await reader.cancel(new Error('enough'));
    filter.close();
    await expect.poll(() => source.cancelled).toEqual(new Error('enough'));
  });

  it('ends by an abort', async () => {
    const stop = new AbortController();
    const { stream } = endlessWeb(large.subarray(0, 65_536));
    const read = textOf(stream.pipeThrough(webStream({}, { signal: stop.signal })));
    setTimeout(() => stop.abort(), 20);
    await expect(read).rejects.toBeInstanceOf(CancelledError);
  });
});
