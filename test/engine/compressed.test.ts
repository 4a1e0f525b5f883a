import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as connect } from 'node:stream/promises';
import { constants, crc32, gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError, InputError, type Pipeline, PipelineStream } from '../../src/index.js';
import { bash, exec, ROOT } from '../e2e/command.js';
import { beginsOddly, fifo, fileOf, folder, joined, linesOf, outputOf, settings } from './bytes.js';
import { formatOf, formats } from './formats.js';

// Sanitizers keep freed memory, so tests of memory use are skipped under them.
const sanitized = process.env.LD_PRELOAD !== undefined;
const text = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `${i} ${(i * 7919) % 10_007} some words\n`).join(''));
const short = text.subarray(0, text.indexOf('\n', 20_000) + 1);
const KEEP_ALL: Omit<Pipeline, 'output'> = { stages: [] };
const [zstd, xz, lzma, bzip2] = [formatOf('zstd'), formatOf('xz'), formatOf('lzma'), formatOf('bzip2')];

const damage = async (bytes: Uint8Array, pipeline = KEEP_ALL) => {
  const { output, result } = await outputOf([fileOf(bytes)], pipeline);
  const failures = result?.failures.map((failure) => {
    expect(failure).toBeInstanceOf(DecodeError);
    return failure.message.replace(/^decode \S+: /, '');
  });
  return { output, failures };
};

/** Returns the failures of a stream whose bytes come in pieces of `size`. */
async function failuresInPieces(bytes: Buffer, size: number) {
  const stream = new PipelineStream(KEEP_ALL);
  stream.resume();
  const count = Math.ceil(bytes.length / size);
  const pieces = Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  await connect(Readable.from(pieces), stream);
  const { failures } = await stream.result;
  return failures.map(({ message }) => message.replace('decode the stream: ', ''));
}

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

  it.skipIf(zstd.skipped)(`may be zstd, in frames and with a skippable one before them${zstd.skipped}`, async () => {
    const half = text.length >> 1;
    const skippable = Buffer.from('5a2a4d1804000000deadbeef', 'hex');
    const stored = Buffer.concat([
      skippable,
      zstd.encode(text.subarray(0, half)),
      zstd.encode(text.subarray(half), '-19'),
    ]);
    for (const setting of [{ workers: 1 }, { workers: 7, blockSize: 100 }]) {
      const { output, failures } = await damage(stored, { ...KEEP_ALL, ...setting });
      expect(failures).toEqual([]);
      expect(output.equals(text)).toBe(true);
    }
  });

  // libzstd decodes a frame that is complete in the buffer by other code than one that comes in pieces.
  it.skipIf(zstd.skipped)(`of zstd that is there as a whole fails as in pieces${zstd.skipped}`, async () => {
    const frame = Buffer.from('28b52ffd250000db0000000000fda3ffff000000000000000000000000880000000001050200', 'hex');
    for (const size of [1, 5, 14, 16, frame.length]) {
      expect(await failuresInPieces(frame, size)).toEqual(['zstd: Data corruption detected, at byte 0 of the file']);
    }
    // The header says four bytes, but there are two blocks of four bytes. The second one begins at byte 16.
    const longer = Buffer.from('28b52ffd20042000006162630a2100006162630a', 'hex');
    for (const size of [1, 16, longer.length]) {
      expect(await failuresInPieces(longer, size)).toEqual(['zstd: Data corruption detected, at byte 16 of the file']);
    }
  });

  it.skipIf(xz.skipped)(`may be xz, in streams of several blocks with padding between them${xz.skipped}`, async () => {
    const half = text.length >> 1;
    const stored = Buffer.concat([
      xz.encode(text.subarray(0, half), '--block-size=10000', '-T2', '--check=sha256'),
      Buffer.alloc(8),
      xz.encode(Buffer.alloc(0)),
      xz.encode(text.subarray(half), '-9e', '--x86', '--lzma2=preset=9'),
      Buffer.alloc(4),
    ]);
    for (const setting of [{ workers: 1 }, { workers: 7, blockSize: 100 }]) {
      const { output, failures } = await damage(stored, { ...KEEP_ALL, ...setting });
      expect(failures).toEqual([]);
      expect(output.equals(text)).toBe(true);
    }
  });

  it.skipIf(bzip2.skipped)(`may be bzip2, in streams of any size of blocks${bzip2.skipped}`, async () => {
    const parts = [1, 5, 9].map((level) => bzip2.encode(text.subarray(0, 300_000), `-${level}`));
    const stored = Buffer.concat([...parts, bzip2.encode(Buffer.alloc(0))]);
    const { output, failures } = await damage(stored);
    expect(failures).toEqual([]);
    const part = text.subarray(0, 300_000);
    expect(output.equals(joined(linesOf(Buffer.concat([part, part, part]))))).toBe(true);
  });

  for (const { name, encode, skipped } of formats) {
    it.skipIf(skipped)(
      `of ${name} gives nothing when its text is empty, and the line of a text without newline`,
      async () => {
        expect(await damage(encode(Buffer.alloc(0)))).toEqual({ output: Buffer.alloc(0), failures: [] });
        expect(await damage(encode(Buffer.from('one')))).toEqual({ output: Buffer.from('one\n'), failures: [] });
      },
    );

    it.skipIf(skipped)(`of ${name} that ends early gives lines of its text, and then the error${skipped}`, async () => {
      const whole = encode(short);
      for (const length of [10, 30, 1000, whole.length >> 1, whole.length - 9, whole.length - 1]) {
        const { output, failures } = await damage(whole.subarray(0, length));
        expect(short.subarray(0, Math.max(0, output.length - 1)).equals(output.subarray(0, -1))).toBe(true);
        expect(failures).toEqual([`${name}: it ends too early, at byte ${length} of the file`]);
      }
    });

    it.skipIf(skipped)(`of ${name} with other bytes after its end says what was left out${skipped}`, async () => {
      const stored = encode(Buffer.from('one\n'));
      expect(await damage(Buffer.concat([stored, Buffer.from('two\n')]))).toEqual({
        output: Buffer.from('one\n'),
        failures: [`${name}: what follows its end was left out, at byte ${stored.length} of the file`],
      });
    });

    it.skipIf(skipped)(
      `of ${name} with any byte changed never harms: lines, then perhaps an error${skipped}`,
      async () => {
        const whole = encode(short);
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
              // A flip in the first ten bytes may make the file look uncompressed. Else the output is right or the run
              // fails, except for lzma, which has no checksums.
              if (at >= 10 && name !== 'lzma' && result?.failures.length === 0) expect(output.equals(short)).toBe(true);
            },
          ),
          { numRuns: 100 },
        );
        if (name !== 'lzma') expect(failed).toBeGreaterThan(50);
      },
    );

    it.skipIf(skipped)(`of ${name} that is damaged fails alike in whatever pieces it comes${skipped}`, async () => {
      const whole = encode(text.subarray(0, 300_000));
      for (const at of [4, 25, 27, 100, 1000, whole.length >> 1, whole.length - 10]) {
        const stored = Buffer.from(whole);
        stored[at] = (stored[at] ?? 0) ^ 0x5a;
        const atOnce = await failuresInPieces(stored, stored.length);
        for (const size of [100, 4096]) expect([at, await failuresInPieces(stored, size)]).toEqual([at, atOnce]);
      }
    });

    it.skipIf(skipped)(`of ${name} may come through a pipe, in pieces and inside of gzip${skipped}`, async () => {
      for (const stored of [encode(text), gzipSync(encode(text))]) {
        const pipe = fifo();
        const done = outputOf([pipe], KEEP_ALL);
        const child = spawn('sh', ['-c', `(head -c 1; sleep 0.02; head -c 700; sleep 0.02; cat) > ${pipe}`], {
          stdio: ['pipe', 'ignore', 'inherit'],
        });
        child.stdin.end(stored);
        const { output, result } = await done;
        expect(result?.failures).toEqual([]);
        expect(output.equals(text)).toBe(true);
      }
    });
  }

  it('that only begins like one is a text', async () => {
    for (const bytes of ['\x1f', '\x28\xb5\x2f', '\x1f\n\x8b', 'BZ', 'BZh9 is no block', ']', 'PK', 'Rar', '\xfd7z']) {
      const stored = Buffer.from(bytes, 'latin1');
      expect(await damage(stored)).toEqual({ output: joined(linesOf(stored)), failures: [] });
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

  it('that is compressed several times over is decoded, up to three times', async () => {
    const layers = (count: number): Buffer => (count === 0 ? Buffer.from('one\n') : gzipSync(layers(count - 1)));
    expect(await damage(layers(3))).toEqual({ output: Buffer.from('one\n'), failures: [] });
    expect(await damage(layers(4))).toEqual({
      output: Buffer.alloc(0),
      failures: ['gzip: it is compressed more than three times, at byte 0 of the file'],
    });
  });

  it('ends while it is read when the run is aborted', async () => {
    const stored = fileOf(gzipSync(Buffer.alloc(64 << 20, 'a line of text\n')));
    const { error } = await outputOf([stored], KEEP_ALL, AbortSignal.timeout(5));
    expect(error).toMatchObject({ code: 'ERR_CANCELLED' });
  });
});

describe('a compressed input of 300 MB', () => {
  // A process of its own, because the peak of this one includes all tests.
  const peak = `
    import { run } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
    const { kept } = await run([process.argv[1]], { workers: 2 });
    console.log(JSON.stringify({ kept, mebibytes: process.resourceUsage().maxRSS >> 10 }));`;

  it.skipIf(xz.skipped || sanitized)(`is decoded in little memory: xz${xz.skipped}`, async () => {
    const path = join(folder, 'large.xz');
    const line = 'a line of some text, 32 bytes....';
    await bash(`yes '${line}' | head -c 300000000 | xz -0 > ${path}`);
    const { stdout } = await exec(process.execPath, ['--input-type=module', '-e', peak, path]);
    const { kept, mebibytes } = JSON.parse(stdout.toString());
    expect(kept).toBe(Math.ceil(300_000_000 / (line.length + 1)));
    expect(mebibytes).toBeLessThan(150);
  });
});

describe('a compressed input that takes much memory to decode', () => {
  const read = async (stored: Uint8Array) => {
    const { output, result } = await outputOf([fileOf(stored)], KEEP_ALL);
    return { output, failures: result?.failures.map(({ code, message, hint }) => ({ code, message, hint })) };
  };
  const refused = (name: string, tool: string) => ({
    output: Buffer.alloc(0),
    failures: [
      {
        code: 'ERR_DECODE',
        message: expect.stringMatching(
          new RegExp(`: ${name}: it takes more than 128 MiB of memory to decode, at byte \\d+ of the file$`),
        ),
        hint: `decode it on the way: ${tool} FILE | plughost run -`,
      },
    ],
  });

  it.skipIf(zstd.skipped)(`is refused, with the command that helps: zstd${zstd.skipped}`, async () => {
    expect((await read(zstd.encode(short, '--long=27'))).failures).toEqual([]);
    expect(await read(zstd.encode(short, '--long=28'))).toEqual(refused('zstd', 'zstd -dc --long=31'));
  });

  it.skipIf(xz.skipped)(`is refused, with the command that helps: xz${xz.skipped}`, async () => {
    // Changes the byte for the size of the dictionary, and the checksum: 30 is 128 MiB, 37 is 1.5 GiB.
    const withDictionary = (code: number) => {
      const stored = xz.encode(short);
      const header = stored.subarray(12, 12 + 4 * ((stored[12] ?? 0) + 1));
      const at = header.indexOf(Buffer.from([0x21, 0x01])) + 2;
      header[at] = code;
      header.writeUInt32LE(crc32(header.subarray(0, -4)), header.length - 4);
      return stored;
    };
    expect(await read(withDictionary(30))).toEqual({ output: short, failures: [] });
    expect(await read(withDictionary(37))).toEqual(refused('xz', 'xz -dc'));
  });

  it.skipIf(lzma.skipped)(`is refused, with the command that helps: lzma${lzma.skipped}`, async () => {
    const stored = lzma.encode(short);
    stored.writeUInt32LE(1536 << 20, 1);
    expect(await read(stored)).toEqual(refused('lzma', 'xz -dc'));
  });
});

describe('an input in a format that is not decoded', () => {
  it.each([
    ['7z', '377abcaf271c0004', '7z x -so'],
    ['compress', '1f9d90', 'gzip -dc'],
    ['lz4', '04224d186440a7', 'lz4 -dc'],
    ['lz4', '02214c18', 'lz4 -dc'],
    ['lzip', '4c5a495001', 'lzip -dc'],
    ['lzop', '894c5a4f000d0a1a0a', 'lzop -dc'],
    ['pack', '1f1e00', 'gzip -dc'],
    ['rar', '526172211a0700', 'unrar p -inul'],
    ['zip', '504b0304', 'unzip -p'],
    ['zip', '504b0506', 'unzip -p'],
  ])('is refused with the command that decodes it: %s (%s)', async (name, bytes, tool) => {
    const path = fileOf(Buffer.from(bytes, 'hex'));
    const { output, result } = await outputOf([path, fileOf(Buffer.from('next\n'))], KEEP_ALL);
    expect(output.toString()).toBe('next\n');
    expect(result?.failures).toEqual([expect.any(InputError)]);
    expect(result?.failures[0]).toMatchObject({
      message: `read ${path}: it is ${name}, which plughost does not decode`,
      hint: `decode it on the way: ${tool} FILE | plughost run -`,
    });
  });
});
