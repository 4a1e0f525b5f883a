// Measures whole processes, from start to end, with their output in a file.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileC } from './measure/compile.mjs';
import { digestOf } from './measure/digest.mjs';

const source = (name) => fileURLToPath(new URL(`measure/${name}.c`, import.meta.url));

// Node reads this certificate bundle at every start. That cost belongs to the environment.
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = { ...process.env, LC_ALL: 'C' };
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Milliseconds. A slow peer whose warm-up takes longer is not run again: its warm-up is its figure. */
const SLOW = 5_000;

/** A command to measure: `{ name, line }`. `silent` says that its output is not compared, `slow` that it may run once, and
 * `varies` that its output may have another size each time. */
export class Measure {
  /** `runs` is the number of runs after the warm-up. With `cold` the pages of the input are dropped before each run. */
  constructor(folder, runs, { cold = false } = {}) {
    this.output = join(folder, 'out');
    this.figures = join(folder, 'figures');
    this.runs = runs;
    this.timed = compileC(source('timed'), folder);
    this.dropPages = cold ? compileC(source('drop-pages'), folder) : undefined;
  }

  /**
   * Runs a command once. Not synchronously, so that a signal ends the benchmark in the middle of it. Returns milliseconds of wall time and of processor time (user and system), MiB of peak memory,
   * and the size of its output. Throws if the command fails; status 1 is that of a search without a match.
   */
  async once({ name, line }, input) {
    if (this.dropPages && input) this.drop(input);
    const out = openSync(this.output, 'w');
    const child = spawn(this.timed, [this.figures, ...line], {
      stdio: ['ignore', out, 'inherit'],
      env,
      detached: true,
    });
    closeSync(out);
    // It leads a group of processes, so that the end of this process ends the program too.
    const end = () => process.kill(-child.pid, 'SIGKILL');
    process.once('exit', end);
    const [status] = await once(child, 'exit');
    process.off('exit', end);
    if (status !== 0) throw new Error(`${name} could not be run: ${line.join(' ')}`);
    const [wall, user, system, peak, ended] = readFileSync(this.figures, 'utf8').trim().split(' ').map(Number);
    if (ended > 1) throw new Error(`${name} ended with status ${ended}: ${line.join(' ')}`);
    return { ms: wall / 1e6, cpu: (user + system) / 1e3, peak: peak / 1024, size: statSync(this.output).size };
  }

  drop(input) {
    if (spawnSync(this.dropPages, [input], { stdio: 'inherit' }).status !== 0) {
      throw new Error(`the pages of ${input} could not be dropped, so no run would be cold`);
    }
  }

  /**
   * Runs each command once to warm up, then all of them in turns, so that other load on the machine affects all of them.
   * `check` gets the command after its warm-up, when its output is in the file. Returns the figures by name: medians,
   * and the most that the peak memory was.
   */
  async turns(commands, { runs = this.runs, input, check = () => {} } = {}) {
    const taken = [];
    for (const command of commands) {
      const first = await this.once(command, input);
      check(command);
      const isSlow = command.slow === true && first.ms > SLOW;
      taken.push({ command, size: first.size, isSlow, all: isSlow ? [first] : [] });
    }
    for (let i = 0; i < runs; i++) {
      for (const { command, size, isSlow, all } of taken) {
        if (isSlow) continue;
        const figures = await this.once(command, input);
        if (figures.size !== size && !command.varies) throw new Error(`${command.name} gives another output each time`);
        all.push(figures);
      }
    }
    return Object.fromEntries(taken.map(({ command, all }) => [command.name, summary(all)]));
  }

  /** Measures a job by all peers that can do it. Compares the bytes of their outputs before it believes a time. */
  async job(job, peers) {
    const commands = peers.flatMap(({ name, silent, slow, command }) => {
      const line = command(job);
      return line ? [{ name, silent, slow, line }] : [];
    });
    let expected;
    const check = ({ name, silent }) => {
      if (silent) return;
      const { digest, lines } = digestOf(this.output, expected === undefined);
      expected ??= { name, digest, lines: job.count ? Number(readFileSync(this.output, 'utf8')) : lines };
      if (digest !== expected.digest) {
        throw new Error(`${job.name}: ${name} gives other bytes than ${expected.name}`);
      }
    };
    const figures = await this.turns(commands, { input: job.file, check });
    return { name: job.name, label: job.label, lines: expected?.lines ?? 0, peers: figures };
  }
}

function summary(all) {
  const round = (number) => Number(number.toFixed(2));
  const of = (key) => all.map((figures) => figures[key]);
  return {
    ms: round(median(of('ms'))),
    least: round(Math.min(...of('ms'))),
    cpu: round(median(of('cpu'))),
    peak: round(Math.max(...of('peak'))),
    runs: all.length,
  };
}
