import { execFileSync, spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CancelledError, CapabilityError, LineTooLongError, lines, loadPlugin, UsageError } from '../../src/index.js';
import { ROOT } from '../e2e/command.js';
import { realLogs } from '../e2e/logs.js';
import { beginsOddly, fileOf, fixture, folder, linesOf, outputOf, settings } from '../engine/bytes.js';

const sanitized = process.env.LD_PRELOAD !== undefined;
const keeps = (line: Buffer, modulus: number) => line.reduce((sum, byte) => sum + byte, 0) % modulus === 0;
const large = fileOf(Buffer.from(Array.from({ length: 400_000 }, (_, i) => `${i} a line of some words\n`).join('')));

async function all(batches: ReturnType<typeof lines>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const { bytes } of batches) parts.push(Buffer.from(bytes));
  return Buffer.concat(parts);
}

describe('lines', () => {
  it('are those that a run writes, each with its place in its batch', async () => {
    using filter = fixture({ modulus: '3' });
    const logs = fc
      .uint8Array({ maxLength: 3000 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte % 5 ? byte : 10))));
    await fc.assert(
      fc.asyncProperty(
        logs,
        settings,
        fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
        async (bytes, setting, limit) => {
          fc.pre(!beginsOddly(bytes));
          const found: Buffer[] = [];
          const wanted = linesOf(bytes)
            .filter((line) => keeps(line, 3))
            .slice(0, limit);
          const batches = lines([fileOf(bytes)], { stages: [{ filter }], limit, ...setting });
          for await (const batch of batches) {
            for (let i = 0; i < batch.length; i++) expect(batch.text(i)).toBe(batch.line(i).toString());
            found.push(...batch);
          }
          expect(found.map(String)).toEqual(wanted.map(String));
          expect((await batches.result).kept).toBe(wanted.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.skipIf(realLogs().length === 0)(
    'are the same for real logs on any number of workers (skipped without ../shared/data)',
    async () => {
      const files = realLogs();
      using filter = fixture({ modulus: '7' });
      const { output } = await outputOf(files, { stages: [{ filter }] });
      for (const workers of [1, 2, 7]) {
        expect((await all(lines(files, { stages: [{ filter }], workers, blockSize: 5000 }))).equals(output)).toBe(true);
      }
    },
  );

  it('come no faster than they are taken, so that memory stays flat', async () => {
    const inputs = Array<string>(40).fill(large);
    let written = 0;
    const onProgress = (progress: { written: number }) => {
      written = progress.written;
    };
    const batches = lines(inputs, { workers: 2 }, { onProgress, progressInterval: 10 });
    const before = process.memoryUsage().rss;
    let taken = 0;
    let pauses = 0;
    let peak = 0;
    for await (const batch of batches) {
      taken += batch.bytes.length;
      if (pauses++ < 3) {
        await sleep(150);
        expect(written).toBeGreaterThan(0);
        expect(written - taken).toBeLessThan(4 << 20);
      }
      peak = Math.max(peak, process.memoryUsage().rss - before);
    }
    expect(taken).toBe(40 * statSync(large).size);
    expect((await batches.result).written).toBe(taken);
    // Of more than 400 MB. What was taken is freed when it is collected, and that is not at once.
    if (!sanitized) expect(peak).toBeLessThan(256 << 20);
  });

  it('end when the loop is left, and the plugin can be closed at once', async () => {
    for (let round = 0; round < 20; round++) {
      const filter = fixture({ modulus: '1' });
      const batches = lines([large], { stages: [{ filter }] });
      let count = 0;
      for await (const batch of batches) {
        count += batch.length;
        if (count > round * 1000) break;
      }
      filter.close();
      const { kept, failures } = await batches.result;
      expect(kept).toBeGreaterThanOrEqual(count);
      expect(failures).toEqual([]);
    }
  });

  it('end by an abort, behind what was complete', async () => {
    const stop = new AbortController();
    const batches = lines([large], {}, { signal: stop.signal });
    let bytes = 0;
    const loop = (async () => {
      for await (const batch of batches) {
        bytes += batch.bytes.length;
        stop.abort();
      }
    })();
    await expect(loop).rejects.toBeInstanceOf(CancelledError);
    await expect(batches.result).rejects.toBeInstanceOf(CancelledError);
    expect(bytes).toBeGreaterThan(0);
  });

  it('end by a failure behind the lines before it', async () => {
    const path = fileOf(Buffer.from(`a\nb\n${'x'.repeat(100)}\nc\n`));
    const batches = lines([path], { maxLine: 10 });
    const found: string[] = [];
    await expect(
      (async () => {
        for await (const batch of batches) for (const line of batch) found.push(line.toString());
      })(),
    ).rejects.toBeInstanceOf(LineTooLongError);
    expect(found).toEqual(['a', 'b']);
  });

  it('are refused before the start as by a run, and can be taken once', async () => {
    using plugin = loadPlugin(join(ROOT, 'build/plugins/libgreet.so'));
    const refused = lines([large], { stages: [{ filter: plugin }] });
    await expect(all(refused)).rejects.toBeInstanceOf(CapabilityError);
    await expect(refused.result).rejects.toBeInstanceOf(CapabilityError);
    const batches = lines([fileOf(Buffer.from('a\n'))]);
    expect((await all(batches)).toString()).toBe('a\n');
    expect(() => batches[Symbol.asyncIterator]()).toThrow(UsageError);
  });

  it('name a line that is not there', async () => {
    for await (const batch of lines([fileOf(Buffer.from('a\nb\n'))])) {
      expect([batch.length, batch.text(1)]).toEqual([2, 'b']);
      for (const index of [2, -1, 0.5]) expect(() => batch.line(index)).toThrow(UsageError);
    }
  });
});

describe('a run whose lines nobody takes any more', () => {
  const script = (name: string, body: string) => {
    const path = join(folder, name);
    writeFileSync(path, `import { lines } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};\n${body}`);
    return path;
  };

  it('does not keep the process', () => {
    const path = script(
      'left.mjs',
      `const batches = lines([${JSON.stringify(large)}])[Symbol.asyncIterator]();
       console.log((await batches.next()).value.length > 0);`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [path], { encoding: 'utf8', timeout: 20_000 });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'true\n', stderr: '' });
  });

  it('is ended by the garbage collection', () => {
    const path = script(
      'forgotten.mjs',
      `const batches = lines([${JSON.stringify(large)}]);
       await (async () => { await batches[Symbol.asyncIterator]().next(); })();
       const timer = setInterval(() => gc(), 10);
       const { written } = await batches.result;
       clearInterval(timer);
       console.log(written > 0);`,
    );
    expect(execFileSync(process.execPath, ['--expose-gc', path], { encoding: 'utf8', timeout: 20_000 })).toBe('true\n');
  });

  it('ends with its worker thread, at any moment', async () => {
    const path = script(
      'worker.mjs',
      `import { parentPort } from 'node:worker_threads';
       for (;;) for await (const batch of lines([${JSON.stringify(large)}], { workers: 3 })) parentPort.postMessage(batch.length);`,
    );
    for (let round = 0; round < 10; round++) {
      const worker = new Worker(path);
      await new Promise((done) => worker.once('message', done));
      await sleep(round * 3);
      expect(await worker.terminate()).toBe(1);
    }
  });
});
