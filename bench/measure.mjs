// Whole processes, start-up included, output to a file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Reading a certificate bundle at every start is a cost of the environment, not of Node.
const { NODE_EXTRA_CA_CERTS: _, ...env } = { ...process.env, LC_ALL: 'C' };
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Milliseconds; who takes longer does it once. */
const SLOW = 15_000;

export class Measure {
  constructor(folder, runs) {
    this.output = join(folder, 'out');
    this.peak = join(folder, 'peak');
    this.timer = existsSync('/usr/bin/time') ? ['/usr/bin/time', '-f', '%M', '-o', this.peak] : [];
    this.runs = runs;
  }

  /** Runs a command once: milliseconds, peak KiB if it can be known, and the status. */
  once(command) {
    const out = openSync(this.output, 'w');
    const [program, ...args] = [...this.timer, ...command];
    const start = process.hrtime.bigint();
    const { status } = spawnSync(program, args, { stdio: ['ignore', out, 'inherit'], env });
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    closeSync(out);
    const peak = this.timer.length > 0 ? Number(readFileSync(this.peak, 'utf8').trim().split('\n').at(-1)) : undefined;
    return { ms, peak, status };
  }

  /** A job by all who can do it: the bytes are compared first, then they take turns, so that a slow moment meets all. */
  job(job, peers) {
    const commands = peers.flatMap(({ name, silent, command }) => {
      const line = command(job);
      return line ? [{ name, silent, line }] : [];
    });
    let expected;
    let lines = 0;
    const slow = new Set();
    const times = Object.fromEntries(commands.map(({ name }) => [name, []]));
    const peaks = Object.fromEntries(commands.map(({ name }) => [name, 0]));
    for (const { name, silent, line } of commands) {
      const { status, ms, peak } = this.once(line);
      if (ms > SLOW) {
        slow.add(name);
        times[name].push(ms);
        peaks[name] = peak ?? 0;
      }
      if (silent) continue;
      const bytes = readFileSync(this.output);
      const digest = createHash('sha256').update(bytes).digest('hex');
      expected ??= { name, digest };
      if (digest !== expected.digest) {
        throw new Error(`${job.name}: ${name} (status ${status}) gives other bytes than ${expected.name}`);
      }
      lines = job.count ? Number(bytes.toString()) : bytes.reduce((count, byte) => count + (byte === 10), 0);
    }
    for (let i = 0; i < this.runs; i++) {
      for (const { name, line } of commands) {
        if (slow.has(name)) continue;
        const { ms, peak } = this.once(line);
        times[name].push(ms);
        peaks[name] = Math.max(peaks[name], peak ?? 0);
      }
    }
    const entries = Object.entries(times).map(([name, all]) => [
      name,
      { ms: median(all), least: Math.min(...all), peak: peaks[name] / 1024 },
    ]);
    return { name: job.name, lines, peers: Object.fromEntries(entries) };
  }
}
