import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError, type Pipeline } from '../../src/index.js';
import { beginsOddly, fifo, fileOf, joined, linesOf, outputOf, settings } from './bytes.js';

const noZstd = spawnSync('zstd', ['--version']).error ? ' (skipped: zstd is not installed)' : '';
const zstdSync = (bytes: Uint8Array, ...flags: string[]) =>
  execFileSync('zstd', ['-q', '-c', ...flags], { input: bytes });

const text = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${i} ${(i * 7919) % 10_007} some words\n`).join(''));
const KEEP_ALL: Omit<Pipeline, 'output'> = { stages: [] };

const damage = async (bytes: Uint8Array, pipeline = KEEP_ALL) => {
  const { output, result } = await outputOf([fileOf(bytes)], pipeline);
  const failures = result?.failures.map((failure) => {
    expect(failure).toBeInstanceOf(DecodeError);
    return failure.message.replace(/^decode \S+: /, '');
  });
  return { output, failures };
};

describe('a compressed input', () => {
  it('is known by its first bytes, and gives the lines of its text in any block size, on any number of workers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 2000 }), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        settings,
        async (members, padded, setting) => {
          const bytes = Buffer.concat(members);
          fc.pre(!beginsOddly(bytes));
          const stored = Buffer.concat([...members.map((member) => gzipSync(member)), Buffer.alloc(padded ? 512 : 0)]);
          const { output, result } = await outputOf([fileOf(stored)], { ...KEEP_ALL, ...setting });
          expect(output.equals(joined(linesOf(bytes)))).toBe(true);
          expect(result?.failures).toEqual([]);
          expect(result?.bytes).toBe(stored.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.skipIf(noZstd)(`may be zstd, in frames and with a skippable one before them${noZstd}`, async () => {
    const half = text.length >> 1;
    const skippable = Buffer.from('5a2a4d1804000000deadbeef', 'hex');
    const stored = Buffer.concat([skippable, zstdSync(text.subarray(0, half)), zstdSync(text.subarray(half), '-19')]);
    for (const setting of [{ workers: 1 }, { workers: 7, blockSize: 100 }]) {
      const { output, failures } = await damage(stored, { ...KEEP_ALL, ...setting });
      expect(failures).toEqual([]);
      expect(output.equals(text)).toBe(true);
    }
  });

  it('may come through a pipe, in pieces and after a byte that could begin anything', async () => {
    const pipe = fifo();
    const done = outputOf([pipe], KEEP_ALL);
    const child = spawn('sh', ['-c', `(head -c 1; sleep 0.05; head -c 700; sleep 0.05; cat) > ${pipe}`], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end(gzipSync(text));
    expect((await done).output.equals(text)).toBe(true);
  });

  it('that only begins like one is a text', async () => {
    for (const bytes of [Buffer.from([0x1f]), Buffer.from([0x28, 0xb5, 0x2f]), Buffer.from([0x1f, 0x0a, 0x8b])]) {
      expect((await damage(bytes)).output.equals(joined(linesOf(bytes)))).toBe(true);
    }
  });

  it('that ends early gives what could be decoded, then the error, and the next input follows', async () => {
    const whole = gzipSync(text);
    for (const length of [11, 100, whole.length - 9, whole.length - 1]) {
      const stored = whole.subarray(0, length);
      const readable = gunzipSync(stored, { finishFlush: constants.Z_SYNC_FLUSH });
      const next = fileOf(Buffer.from('next\n'));
      const { output, result } = await outputOf([fileOf(stored), next], { ...KEEP_ALL, workers: 2 });
      expect(output.equals(Buffer.concat([joined(linesOf(readable)), Buffer.from('next\n')]))).toBe(true);
      expect(result?.failures.map(({ message }) => message.replace(/^decode \S+: /, ''))).toEqual([
        `gzip: it ends too early, at byte ${length} of the file`,
      ]);
    }
  });

  it('with other bytes behind its end gives its text and says what was left out', async () => {
    const stored = gzipSync('one\n');
    expect(await damage(Buffer.concat([stored, Buffer.from('two\n')]))).toEqual({
      output: Buffer.from('one\n'),
      failures: [`gzip: what follows its end was left out, at byte ${stored.length} of the file`],
    });
  });

  it.each(['gzip', ...(noZstd ? [] : ['zstd'])])(
    'of %s with any byte changed never harms: lines, then perhaps an error',
    async (format) => {
      const short = text.subarray(0, text.indexOf('\n', 20_000) + 1);
      const whole = format === 'gzip' ? gzipSync(short) : zstdSync(short);
      let failed = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.nat(whole.length - 1),
          fc.integer({ min: 1, max: 255 }),
          settings,
          async (at, flip, setting) => {
            const stored = Buffer.from(whole);
            stored[at] = (stored[at] ?? 0) ^ flip;
            const { output, result } = await outputOf([fileOf(stored)], { ...KEEP_ALL, ...setting });
            failed += result?.failures.length ?? 0;
            // Either it was not noticed that this is compressed, or the bytes are right, or somebody is told.
            if (at >= 4 && result?.failures.length === 0) expect(output.equals(short)).toBe(true);
          },
        ),
        { numRuns: 200 },
      );
      expect(failed).toBeGreaterThan(100);
    },
  );

  it('ends while it is read when the run is aborted', async () => {
    const stored = fileOf(gzipSync(Buffer.alloc(64 << 20, 'a line of text\n')));
    const { error } = await outputOf([stored], KEEP_ALL, AbortSignal.timeout(5));
    expect(error).toMatchObject({ code: 'ERR_CANCELLED' });
  });
});
