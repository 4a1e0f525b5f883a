import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { PipelineStream, webStream } from '../../src/index.js';

// A piece is JavaScript's: its memory may go elsewhere while the engine has not read it yet.

const LINE = 'a line that stays\n';
const SMALL = 2000 * LINE.length;
/** More than the engine copies at once. */
const LARGE = 50_000 * LINE.length;

interface Given {
  /** Of the written bytes. */
  view: Uint8Array;
  /** Does with the memory what a program may do with it. */
  takeAway: () => void;
}

const lines = (buffer: ArrayBufferLike) => {
  const view = new Uint8Array(buffer);
  view.set(Buffer.alloc(view.length, LINE));
  return view;
};
const scribble = (buffer: ArrayBufferLike) => new Uint8Array(buffer).fill('x'.charCodeAt(0));
const plain = (size: number, take: (buffer: ArrayBuffer) => ArrayBufferLike): Given => {
  const buffer = new ArrayBuffer(size);
  return { view: lines(buffer), takeAway: () => scribble(take(buffer)) };
};
type Resizable = ArrayBuffer & { resize(size: number): void };
type Transferable = ArrayBuffer & { transfer(): ArrayBuffer };
const resizable = (size: number) =>
  new (ArrayBuffer as unknown as new (size: number, options: { maxByteLength: number }) => Resizable)(size, {
    maxByteLength: size,
  });

const ways: Record<string, (size: number) => Given> = {
  'cloned away': (size) => plain(size, (buffer) => structuredClone(buffer, { transfer: [buffer] })),
  'posted away': (size) =>
    plain(size, (buffer) => {
      const { port1, port2 } = new MessageChannel();
      port1.postMessage(buffer, [buffer]);
      port1.close();
      port2.close();
      return new ArrayBuffer(size);
    }),
  'shrunk to nothing': (size) => {
    const buffer = resizable(size);
    return { view: lines(buffer), takeAway: () => buffer.resize(0) };
  },
};
if ('transfer' in ArrayBuffer.prototype) {
  ways.transferred = (size) => plain(size, (buffer) => (buffer as Transferable).transfer());
}

/** Things that may be written to and then read. */
const ends = {
  'a stream of Node': () => {
    const stream = new PipelineStream({ workers: 1 }).setMaxListeners(0);
    return {
      write: (piece: Uint8Array) =>
        new Promise<void>((done, fail) => {
          stream.once('error', fail);
          stream.write(piece, (error) => (error ? fail(error) : done()));
        }),
      end: () => void stream.end(),
      read: () => stream as AsyncIterable<Uint8Array>,
      result: stream.result,
    };
  },
  'a stream of the web': () => {
    const { readable, writable, result } = webStream({ workers: 1 });
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    return {
      write: (piece: Uint8Array) => writer.write(piece as Uint8Array<ArrayBuffer>),
      end: () => void writer.close().catch(() => {}),
      read: () => readable as AsyncIterable<Uint8Array>,
      result,
    };
  },
};

const pause = () => new Promise<'late'>((done) => setTimeout(done, 100, 'late'));
const codeOf = ({ code }: { code?: string }) => code;

/** Writes pieces until the engine takes no more: the last one is in work, and not read to its end. */
async function fill(write: (piece: Uint8Array) => Promise<void>, give: () => Given) {
  for (let size = 0; ; ) {
    const { view, takeAway } = give();
    size += view.length;
    const written = write(view).then(() => 'written', codeOf);
    if ((await Promise.race([written, pause()])) === 'late') return { size, written, takeAway };
  }
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe.each(Object.entries(ends))('a piece in work by %s', (_, make) => {
  describe.each(Object.entries(ways))('that is %s', (way, give) => {
    it('was copied', async () => {
      const { write, end, read } = make();
      const { size, written, takeAway } = await fill(write, () => give(SMALL));
      takeAway();
      end();
      const text = await textOf(read());
      expect(text === LINE.repeat(size / LINE.length)).toBe(true);
      expect(await written).toBe('written');
    });

    it('is an error where it was too large for that', async () => {
      const { write, read, result } = make();
      const { size, written, takeAway } = await fill(write, () => give(LARGE));
      takeAway();
      expect(await textOf(read()).catch(codeOf)).toBe('ERR_USAGE');
      expect(await written).toBe('ERR_USAGE');
      expect((await result).kept).toBeLessThan(size / LINE.length);
    });

    // A view of memory that is still there, and empty, is nothing to write.
    it.skipIf(way === 'shrunk to nothing')('is an error where it waits its turn', async () => {
      const { write, read } = make();
      const { written } = await fill(write, () => give(SMALL));
      const { view, takeAway } = give(SMALL);
      const next = write(view).then(() => 'written', codeOf);
      takeAway();
      expect(await textOf(read()).catch(codeOf)).toBe('ERR_USAGE');
      expect([await written, await next]).toEqual(['written', 'ERR_USAGE']);
    });
  });

  it('that another thread could change is what it was when its turn came', async () => {
    const { write, end, read } = make();
    const { size, takeAway } = await fill(write, () => {
      const shared = new SharedArrayBuffer(SMALL);
      return { view: lines(shared), takeAway: () => scribble(shared) };
    });
    takeAway();
    end();
    const text = await textOf(read());
    expect(text === LINE.repeat(size / LINE.length)).toBe(true);
  });
});
