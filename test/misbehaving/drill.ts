import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOST, plainEnvironment } from '../e2e/command.js';
import { HARMLESS_FAULTS, misbehaving } from './faults.js';

/** Where a plugin runs. */
export const MODES = { 'in-process': [], isolated: ['--isolate'], sandboxed: ['--sandbox'] } as const;
export type Mode = keyof typeof MODES;

/** How a run ends. */
export type Ending =
  /** The host died. */
  | `killed by ${string}`
  /** It did not end in time. */
  | 'hangs'
  /** It ended with status 0 or 1, as after success, but a part of its output is missing. */
  | 'ends silently'
  /** It ended with status 0 or 1, but its output is wrong. */
  | 'spoilt'
  | `ends with status ${number}`
  /** It ended with a message about the plugin, and the output until then is right. */
  | 'refused'
  /** The messages name the poisoned lines, and all other lines are there. */
  | 'exact'
  /** No line is missing. */
  | 'unharmed';

/** How a run with an isolated plugin must end. */
export const isolatedEnding = (name: string): Ending => (HARMLESS_FAULTS.includes(name) ? 'unharmed' : 'exact');

/** Whether the host ended as it should. */
export const isHarmless = (ending: Ending): boolean => ['refused', 'exact', 'unharmed'].includes(ending);

const POISONED = new Map([
  [2500, 'INFO'],
  [2503, 'ERROR'],
  [4100, 'WARN'],
]);

/** Returns a log with three poisoned lines: two in one block, the second of which the filter would keep, and one much later. */
function logOf(isPoisoned: boolean): string {
  const levels = ['INFO', 'WARN', 'ERROR', 'DEBUG'];
  const lines = Array.from({ length: 6000 }, (_, i) => {
    const poison = POISONED.get(i);
    if (poison && !isPoisoned) return '';
    return `${i} ${poison ?? levels[(i * 7) % 4]} request ${i * 7919} took ${i % 1000} ms${poison ? ' POISON' : ''}\n`;
  });
  return lines.join('');
}

const STAGES = { filter: '--filter', transform: '--transform', exporter: '--export' } as const;
export type Stage = keyof typeof STAGES;

/** A fault, and where the plugin commits it. */
export interface Drilled {
  name: string;
  at?: Stage;
  shape?: 'line';
  /** The library, if not the one in C. */
  variant?: string;
}

/** Runs faults over logs in a folder, and compares with the output of a sound plugin. */
export class Drill {
  readonly #log: string;
  readonly #cured: string;
  readonly #sound = new Map<Stage, Promise<{ all: string; cured: string }>>();
  readonly #before: readonly string[];

  /** `before`: words before the command, such as a program that starts it. */
  constructor(folder: string, before: readonly string[] = []) {
    this.#before = before;
    this.#log = join(folder, 'log');
    this.#cured = join(folder, 'cured');
    writeFileSync(this.#log, logOf(true));
    writeFileSync(this.#cured, logOf(false));
  }

  /** Standard error of the last run. */
  said = '';

  /** Runs the command with the fault. A run that takes longer than `limitMs` counts as hanging. */
  async commit({ name, at = 'filter', shape, variant }: Drilled, mode: Mode, limitMs: number): Promise<Ending> {
    const isolation = mode === 'in-process' ? [] : [...MODES[mode], '--call-timeout', '0.5', '--memory', '64M'];
    const params = ['-p', `fault=${name}`, '-p', `at=${at}`];
    const options = [...(shape ? ['--shape', shape] : []), ...isolation];
    const seen = await this.#run(this.#log, [STAGES[at], misbehaving(variant), ...params, ...options], limitMs);
    const { all, cured } = await this.#soundOutput(at);
    this.said = seen.stderr;
    if (seen.hung) return 'hangs';
    if (seen.signal) return `killed by ${seen.signal}`;
    const blamed = /^host: plugin misbehaving: /m.test(seen.stderr);
    const lines = [...seen.stderr.matchAll(/ line (\d+), byte \d+: the line is left out$/gm)].map(([, line]) => line);
    const places = [...POISONED.keys()].map((index) => String(index + 1));
    if (seen.status === 2 && seen.stdout === cured && lines.join() === places.join()) return 'exact';
    if (seen.status === 2 && blamed && all.startsWith(seen.stdout)) return 'refused';
    if (seen.status !== 0 && seen.status !== 1) return `ends with status ${seen.status ?? -1}`;
    if (seen.stdout === all) return 'unharmed';
    return all.startsWith(seen.stdout) ? 'ends silently' : 'spoilt';
  }

  #soundOutput(at: Stage): Promise<{ all: string; cured: string }> {
    const known = this.#sound.get(at) ?? this.#makeSound(at);
    this.#sound.set(at, known);
    return known;
  }

  async #makeSound(at: Stage): Promise<{ all: string; cured: string }> {
    const stage = [STAGES[at], misbehaving()];
    const [all, cured] = [await this.#run(this.#log, stage, 60_000), await this.#run(this.#cured, stage, 60_000)];
    if (all.status !== 0 || cured.status !== 0) throw new Error(`the plugin is not sound: ${all.stderr}`);
    return { all: all.stdout, cured: cured.stdout };
  }

  // Blocks smaller than the log, and one worker, so that blocks are processed in order.
  #run(log: string, args: readonly string[], limitMs: number): Promise<Seen> {
    return runInSession([...this.#before, HOST, 'run', log, '-j', '1', '--block-size', '32K', ...args], limitMs);
  }
}

interface Seen {
  status: number | null;
  signal: NodeJS.Signals | null;
  hung: boolean;
  stdout: string;
  stderr: string;
}

/** KiB of address space for a host in-process, so that a fault cannot take all memory of the machine. */
const MAX_MEMORY = 4 << 20;

/** Runs a command in a session of its own until it ends or its time is over. Kills what it leaves running. */
async function runInSession(args: readonly string[], limitMs: number): Promise<Seen> {
  const memory = args.includes('--memory') ? 'unlimited' : MAX_MEMORY;
  const script = `ulimit -c 0; ulimit -v ${memory}; exec "$@"`;
  const child = spawn('sh', ['-c', script, 'sh', ...args], { env: plainEnvironment(), detached: true });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (part) => stdout.push(part));
  child.stderr.on('data', (part) => stderr.push(part));
  child.stdin.end();
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, limitMs);
  // Orphaned children keep its streams open, so the end of the streams is not the end of the command.
  const closed = new Promise((done) => child.on('close', done));
  const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done, fail) => {
    child.on('error', fail);
    child.on('exit', (...how) => done(how));
  });
  clearTimeout(timer);
  endSession(child.pid as number);
  await closed;
  const text = (parts: Buffer[]) => Buffer.concat(parts).toString();
  return { status, signal, hung, stdout: text(stdout), stderr: text(stderr) };
}

function endSession(session: number): void {
  for (const pid of members(session)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has ended since it was listed.
    }
  }
}

function members(session: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        // The fields after the name, which may contain anything: state, parent, group, session.
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]) === session;
      } catch {
        return false;
      }
    });
}
