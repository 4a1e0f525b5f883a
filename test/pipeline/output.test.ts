import { execFileSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CancelledError, loadPlugin, OutputError, PipelineStream, resultAtFailure, run } from '../../src/index.js';
import { makeScratch } from '../helpers/compile.js';
import { rejected } from '../helpers/thrown.js';

const folder = makeScratch();
const input = join(folder, 'input.log');
writeFileSync(input, 'one\ntwo\nthree\nfour\n');
const large = join(folder, 'large.log');
writeFileSync(large, 'a line of thirty-two characters\n'.repeat(1 << 19));

const filter = loadPlugin('contains', { config: { text: 'o' } });
const stages = [{ filter }];
const KEPT = 'one\ntwo\nfour\n';

/** A stream that takes each piece by `take`. */
const stream = (take: (piece: Buffer) => unknown, options = {}) =>
  new Writable({
    ...options,
    write(piece, _encoding, done) {
      Promise.resolve(piece)
        .then(take)
        .then(() => done(), done);
    },
  });

describe('the output of a run is a file by its path', () => {
  it.each([
    ['text', (path: string) => path],
    ['a URL', (path: string) => pathToFileURL(path)],
  ])('given as %s, which appears when the run has ended well', async (_, given) => {
    const path = join(folder, 'made');
    const { written } = await run([input], { stages, output: given(path) });
    expect([readFileSync(path, 'utf8'), written]).toEqual([KEPT, KEPT.length]);
  });

  it('which is what it was when the run fails, and leaves nothing beside it', async () => {
    const inside = join(folder, 'inside');
    mkdirSync(inside);
    const path = join(inside, 'kept');
    writeFileSync(path, 'before');
    expect((await rejected(run([input], { stages, output: path, maxLine: 3 }))).code).toBe('ERR_LINE_TOO_LONG');
    expect([readFileSync(path, 'utf8'), readdirSync(inside)]).toEqual(['before', ['kept']]);
    const absent = join(inside, 'absent');
    expect((await rejected(run([input], { output: absent }, { signal: AbortSignal.abort() }))).code).toBe(
      'ERR_CANCELLED',
    );
    expect(existsSync(absent)).toBe(false);
  });

  it('or a named pipe, whose reader is waited for until the signal comes', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const controller = new AbortController();
    const alone = run([input], { output: path }, { signal: controller.signal });
    controller.abort('enough');
    expect((await rejected(alone)).code).toBe('ERR_CANCELLED');
    const running = run([input], { stages, output: path });
    expect(await readFile(path, 'utf8')).toBe(KEPT);
    expect((await running).kept).toBe(3);
  });

  it('which is what it was when an input cannot be read, unless what there is is wanted', async () => {
    const path = join(folder, 'whole');
    writeFileSync(path, 'before');
    const inputs = [input, join(folder, 'absent')];
    const { failures } = await run(inputs, { stages, output: path });
    expect([failures.map(({ code }) => code), readFileSync(path, 'utf8')]).toEqual([['ERR_INPUT'], 'before']);
    await run(inputs, { stages, output: path, keepPartial: true });
    expect(readFileSync(path, 'utf8')).toBe(KEPT);
  });

  it('which is refused when it is an input, or cannot be made', async () => {
    expect(await rejected(run([input], { output: input }))).toEqual({
      code: 'ERR_USAGE',
      message: `write ${input}: it is also an input`,
      hint: 'write to another file',
    });
    const nowhere = join(folder, 'nowhere/file');
    expect(await rejected(run([input], { output: nowhere }))).toMatchObject({
      code: 'ERR_OUTPUT',
      message: `write ${nowhere}: no such file or directory`,
    });
  });
});

describe('the output of a run is a stream', () => {
  it('which has taken every byte when the run has ended, and is not ended', async () => {
    const pieces: Buffer[] = [];
    const output = stream(async (piece) => {
      await new Promise((done) => setImmediate(done));
      pieces.push(piece);
    });
    const { kept, written } = await run([input], { stages, output });
    expect([Buffer.concat(pieces).toString(), kept, written]).toEqual([KEPT, 3, KEPT.length]);
    expect([output.writableEnded, output.destroyed]).toEqual([false, false]);
    await run([input], { stages, output });
    expect(Buffer.concat(pieces).toString()).toBe(KEPT + KEPT);
    expect(['error', 'close', 'drain'].map((event) => output.listenerCount(event))).toEqual([0, 0, 0]);
  });

  it('of objects, of a file, or through another pipeline', async () => {
    const objects: unknown[] = [];
    await run([input], { stages, output: stream((piece) => objects.push(piece), { objectMode: true }) });
    expect(Buffer.concat(objects as Buffer[]).toString()).toBe(KEPT);

    const path = join(folder, 'streamed');
    const file = createWriteStream(path);
    await run([input], { stages, output: file });
    expect(readFileSync(path, 'utf8')).toBe(KEPT);
    file.end();

    const through = new PipelineStream({ stages: [{ filter, invert: true }] });
    through.resume();
    await run([input], { output: through });
    through.end();
    expect((await through.result).kept).toBe(1);
  });

  it('which gets one piece after the other, so that memory stays flat', async () => {
    let [waiting, most, bytes] = [0, 0, 0];
    const output = stream(async (piece) => {
      most = Math.max(most, ++waiting);
      await new Promise((done) => setImmediate(done));
      bytes += piece.length;
      waiting--;
    });
    await run([large], { output });
    expect([most, bytes]).toEqual([1, 32 << 19]);
  });

  it.each<[string, () => Writable, string, string]>([
    [
      'fails',
      () => stream(() => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))),
      'ENOSPC',
      'full',
    ],
    [
      'throws',
      () =>
        new Writable({
          write() {
            throw new Error('broken');
          },
        }),
      '',
      'broken',
    ],
    [
      'is destroyed meanwhile',
      () => {
        const output: Writable = stream(() => output.destroy());
        return output;
      },
      'ERR_STREAM_PREMATURE_CLOSE',
      'it was closed before all was written',
    ],
    [
      'is ended meanwhile',
      () => {
        const output: Writable = stream(() => void output.end());
        return output;
      },
      expect.stringMatching(/^ERR_STREAM_(WRITE_AFTER_END|PREMATURE_CLOSE)$/),
      '(write after end|it was closed before all was written)',
    ],
    ['cannot be opened', () => createWriteStream(join(folder, 'nowhere/file')), 'ENOENT', 'no such file or directory'],
    ['was destroyed before', () => new PassThrough().destroy(), 'ERR_STREAM_DESTROYED', 'it was destroyed'],
    ['was ended before', () => new PassThrough().end(), 'ERR_STREAM_WRITE_AFTER_END', 'it was ended'],
  ])('which %s: that ends the run', async (_, output, errno, reason) => {
    const error: unknown = await run([large], { output: output() }).catch((cause) => cause);
    expect(error).toBeInstanceOf(OutputError);
    const { message, errno: found } = error as OutputError;
    expect({ message, errno: found }).toEqual({
      message: expect.stringMatching(new RegExp(`^write the output stream: ${reason}$`)),
      errno,
    });
    // The plugin is free again: nothing of the run goes on.
    expect((await run([input], { stages })).kept).toBe(3);
  });

  it('which takes nothing: aborting ends the run at once', async () => {
    const controller = new AbortController();
    const output = new Writable({ write: () => controller.abort('enough') });
    const error: unknown = await run([large], { output }, { signal: controller.signal }).catch((cause) => cause);
    expect(error).toBeInstanceOf(CancelledError);
    expect((error as CancelledError).cause).toBe('enough');
  });

  it('and what was done before it failed is told', async () => {
    let pieces = 0;
    const output = stream(() => {
      if (++pieces === 2) throw new Error('no more');
    });
    const error: unknown = await run([large], { output }).catch((cause) => cause);
    expect(resultAtFailure.get(error as Error)?.bytes).toBeGreaterThan(0);
  });
});
