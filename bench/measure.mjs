// Measures whole processes, from start to end, with their output in a file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Node reads this certificate bundle at every start. That cost belongs to the environment.
const { NODE_EXTRA_CA_CERTS: _, ...env } = { ...process.env, LC_ALL: 'C' };
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Milliseconds. A command that takes longer runs once. */
const SLOW = 15_000;

export class Measure {
  constructor(folder, runs) {
    this.output = join(folder, 'out');
    this.peak = join(folder, 'peak');
    this.timer = existsSync('/usr/bin/time') ? ['/usr/bin/time', '-f', '%M', '-o', this.peak] : [];
    this.runs = runs;
  }

  /** Runs a command once. Returns milliseconds, its peak memory in KiB where the system reports it, and its status. */
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

  /**
   * Measures a job of all peers that can do it. Compares their output first. Then they take turns, so that other load on
   * the machine affects all of them.
   */
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
