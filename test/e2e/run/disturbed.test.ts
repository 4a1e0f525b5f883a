import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, openSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { bash, HOST, host, inPairs, plainEnvironment, seen } from '../command.js';

const folder = makeScratch();
const sanitized = process.env.LD_PRELOAD !== undefined;
const whole = Buffer.from(Array.from({ length: 300_000 }, (_, i) => `${i} a line that is numbered ${i}\n`).join(''));
const log = join(folder, 'log');
writeFileSync(log, whole);
const lineCount = (bytes: Buffer) => bytes.toString('latin1').split('\n').length - 1;

/** Starts a run on a file. After the first bytes of output the run is blocked, and `disturb` changes the file. */
async function disturbed(name: string, args: string[], disturb: (path: string) => void) {
  const path = join(folder, name);
  writeFileSync(path, whole);
  const child = spawn(HOST, ['run', path, '--block-size', '64K', ...args], { env: plainEnvironment() });
  const parts: Buffer[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  await once(child.stdout, 'readable');
  await sleep(100);
  disturb(path);
  child.stdout.on('data', (part) => parts.push(part));
  const [status] = await once(child, 'close');
  return { status, stderr, output: Buffer.concat(parts) };
}

describe.each([['1'], ['2'], ['7']])('a file that changes while %s workers read it', (workers) => {
  it('gives what it had at the start, however much is appended', async () => {
    const { status, stderr, output } = await disturbed(`grown${workers}`, ['-j', workers], (path) =>
      appendFileSync(path, whole),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(output.equals(whole)).toBe(true);
  });

  it('gives what it had when another takes its name', async () => {
    const { status, stderr, output } = await disturbed(`rotated${workers}`, ['-j', workers], (path) => {
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'another file\n'.repeat(100_000));
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(output.equals(whole)).toBe(true);
  });

  it('prints what is left when it is truncated', async () => {
    const left = 5_000_000;
    const { status, stderr, output } = await disturbed(`cut${workers}`, ['-j', workers], (path) =>
      truncateSync(path, left),
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // The run may have read some lines after the cut before. No line is lost, doubled or invented.
    const lines = output.toString('latin1').trimEnd().split('\n');
    const kept = whole.subarray(0, left).toString('latin1');
    expect(output.toString('latin1').startsWith(kept.slice(0, kept.lastIndexOf('\n') + 1))).toBe(true);
    const torn = lines.filter((line, i) => !/^(\d+) a line that is numbered \1$/.test(line) && i < lines.length);
    expect(torn.length).toBeLessThanOrEqual(1);
    const numbers = lines.filter((line) => !torn.includes(line)).map((line) => Number.parseInt(line, 10));
    expect(numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? 0))).toBe(true);
  });
});

describe('inputs that fail among good ones', () => {
  it('are reported in order, and the lines of all others are there', async () => {
    const gz = join(folder, 'short.gz');
    writeFileSync(gz, gzipSync('one\ntwo\nthree\n'.repeat(1000)).subarray(0, -12));
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    writeFileSync(a, 'first\n');
    writeFileSync(b, 'last\n');
    for (const workers of ['1', '2', '7']) {
      const { status, stdout, stderr } = seen(
        await host(['run', a, join(folder, 'none'), gz, `${folder}/none*`, b, '-j', workers]),
      );
      expect(status).toBe(2);
      expect(stdout.startsWith('first\none\ntwo\nthree\n')).toBe(true);
      expect(stdout.endsWith('last\n')).toBe(true);
      expect(stderr.split('\n').filter((line) => line.startsWith('host:'))).toEqual([
        expect.stringMatching(/^host: find .*none\*: there is no such file, and none matches$/),
        `host: open ${join(folder, 'none')}: no such file or directory`,
        expect.stringMatching(/^host: decode .*short.gz: gzip: it ends too early, at byte \d+ of the file$/),
      ]);
    }
  });
});

describe('host run, interrupted at any moment', () => {
  it('has written whole lines, as many as it says, and none twice', { timeout: 300_000 }, async () => {
    const rounds = Array.from({ length: sanitized ? 20 : 100 }, (_, i) => i);
    // From before the command starts until after it has ended.
    const start = performance.now();
    await host(['run', log, log, log, '-o', join(folder, 'undisturbed')]);
    const undisturbed = performance.now() - start;
    const outcomes = await inPairs(rounds, async (round) => {
      const target = join(folder, `interrupted${round % 2}`);
      const fd = openSync(target, 'w');
      const args = ['run', log, log, log, '-j', String((round % 3) + 1), '--block-size', '16K'];
      const child = spawn(HOST, args, { env: plainEnvironment(), stdio: ['ignore', fd, 'pipe'] });
      closeSync(fd);
      let stderr = '';
      child.stderr?.setEncoding('utf8').on('data', (text) => {
        stderr += text;
      });
      const closed = once(child, 'close');
      await sleep(undisturbed * (0.1 + (1.2 * round) / rounds.length));
      child.kill('SIGINT');
      const [status, signal] = await closed;
      const output = readFileSync(target);
      const expected = Buffer.concat([whole, whole, whole]).subarray(0, output.length);
      expect(output.equals(expected)).toBe(true);
      if (signal !== null) {
        // The signal came before the command handled signals, or after it had stopped handling them.
        expect([0, 3 * whole.length]).toContain(output.length);
        return 'killed';
      }
      if (status === 0) {
        expect(output.length).toBe(3 * whole.length);
        return 'done';
      }
      expect(status).toBe(130);
      expect(output.length === 0 || output.at(-1) === 10).toBe(true);
      const [, kept] = /^host: interrupted: ([\d,]+) lines kept, .* read\n$/.exec(stderr) ?? [];
      expect(Number(kept?.replaceAll(',', ''))).toBe(lineCount(output));
      return 'interrupted';
    });
    expect(outcomes).toContain('interrupted');
  });

  it.each([['cat'], ['gzip -1'], ['zstd -q']])('ends at once in the middle of %s', async (packer) => {
    const child = spawn('bash', ['-c', `yes 'a line of text' | ${packer} | exec "$HOST" run -c --progress always`], {
      env: { ...plainEnvironment(), HOST },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    await once(child.stderr, 'data');
    // The input never ends, so only the signal can end the run.
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await once(child, 'close');
  });
});

describe('host run and a reader that leaves', () => {
  it.each(['head -c 1', 'head -n 100', 'true'])('ends quietly with 0 in front of | %s', async (reader) => {
    for (const flags of ['-j 1', '-j 7', '--export jsonl', '-n -C 3', '--json']) {
      const outcome = await bash(`"$HOST" run "${log}" ${flags} | ${reader} >/dev/null; exit "\${PIPESTATUS[0]}"`);
      expect({ flags, ...seen(outcome) }).toEqual({ flags, status: 0, stdout: '', stderr: '' });
    }
  });
});
