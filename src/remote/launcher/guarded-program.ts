import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { RUNNER } from '../../addon/location/runner-path.js';
import { RunnerError, reasonOf } from '../../errors/index.js';
import { systemReason } from '../../text/system-reason.js';
import type { ProgramEnd } from './go-plugin.js';
import { OutputLines } from './output-lines.js';

/** How to start a program. */
export interface ProgramSpec {
  /** Its path, or a name that is looked for in the `PATH` of `environment`. */
  program: string;
  args: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Descriptors that it gets as 3, 4 and so on; borrowed. */
  descriptors: readonly number[];
  /** A folder that belongs to it, and is removed after its end. */
  folder: string;
}

const SIGKILL = 9;

/**
 * A program that ends when this process ends, in whatever way, and leaves no process and no folder behind. Its parent is
 * `plughost-runner guard` (native/runner/guard/guard.hpp), which notices that this process is gone because its standard input
 * then ends.
 */
export class GuardedProgram {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** When the program and all its descendants are gone, and everything that they printed was read. */
  readonly ended: Promise<ProgramEnd>;
  /** The number of the program's process; or the reason why it was not started. */
  readonly started: Promise<number | { refused: string }>;
  readonly #lifeline: Writable;

  /**
   * Starts the guard, which then starts the program.
   * @throws RunnerError when the system refuses the guard
   */
  static async start({ program, args, environment, descriptors, folder }: ProgramSpec): Promise<GuardedProgram> {
    const words = ['guard', folder, String(descriptors.length), program, ...args];
    let guard: ChildProcess;
    try {
      guard = spawn(RUNNER, words, {
        env: environment,
        stdio: ['pipe', 'pipe', 'pipe', 'pipe', ...descriptors],
        // A signal of the terminal is for the host, which decides what becomes of its plugins.
        detached: true,
      });
      await once(guard, 'spawn');
    } catch (cause) {
      throw guardRefused(cause);
    }
    return new GuardedProgram(guard, folder);
  }

  private constructor(guard: ChildProcess, folder: string) {
    const [lifeline, stdout, stderr, report] = guard.stdio as unknown as [Writable, Readable, Readable, Readable];
    this.stdout = stdout;
    this.stderr = stderr;
    this.#lifeline = lifeline;
    // The guard may end before it reads an order.
    lifeline.on('error', () => {});
    const read = readReport(report);
    this.started = read.started;
    this.ended = once(guard, 'close').then(async () => {
      // The guard does this too, unless something killed it.
      await rm(folder, { recursive: true, force: true });
      return read.end() ?? { status: null, signal: SIGKILL };
    });
  }

  /** Sends the program SIGTERM. */
  terminate(): void {
    this.#lifeline.write('t');
  }

  /** Kills the program and all its descendants. */
  kill(): void {
    this.#lifeline.end();
  }
}

function guardRefused(cause: unknown): RunnerError {
  const errno =
    cause instanceof Error && 'errno' in cause && typeof cause.errno === 'number' ? -cause.errno : undefined;
  const reason = errno === undefined ? reasonOf(cause) : systemReason(errno);
  return new RunnerError('a program', `start ${RUNNER}: ${reason}`, {
    cause,
    ...(errno !== undefined && { errno }),
    hint: 'look at the limits of this process (ulimit -a); if the file is missing, install plughost again',
  });
}

/** Reads the report of the guard: see native/runner/guard/guard.hpp. */
function readReport(report: Readable): {
  started: Promise<number | { refused: string }>;
  end(): ProgramEnd | undefined;
} {
  let end: ProgramEnd | undefined;
  const started = new Promise<number | { refused: string }>((resolve) => {
    const lines = new OutputLines((line) => {
      const [word, text] = line.split(' ');
      const value = Number(text);
      if (word === 'started') resolve(value);
      else if (word === 'refused') resolve({ refused: systemReason(value) });
      else if (word === 'exited') end = { status: value, signal: null };
      else if (word === 'killed') end = { status: null, signal: value };
    });
    report.on('data', (bytes: Buffer) => lines.add(bytes));
    report.on('error', () => {});
    report.on('close', () => resolve({ refused: 'the program that guards it has ended' }));
  });
  return { started, end: () => end };
}
