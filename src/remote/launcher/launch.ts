import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CancelledError, HandshakeError, PackageMissingError, PlughostError, reasonOf } from '../../errors/index.js';
import { cleaned } from '../../text/printable.js';
import { Connection, type Grpc, type Reach } from '../grpc/connection.js';
import { type KeyPair, makeKeyPair } from './certificate.js';
import { FirstLines } from './first-lines.js';
import type { ProgramEnd } from './go-plugin.js';
import { GuardedProgram } from './guarded-program.js';
import { type Handshake, type HandshakeFault, pemOf, readHandshake } from './handshake.js';
import type { GoPluginOptions } from './options.js';
import { OutputLines } from './output-lines.js';
import { ErrorLines } from './program-log.js';
import { RunningPlugin } from './running-plugin.js';

const START_TIMEOUT = 60_000;

/** How many lines of standard error an error shows. */
const SHOWN_LINES = 10;

/** The variables of this process that a program gets. */
const PASSED = ['PATH', 'HOME', 'LANG', 'TMPDIR'];

/** The longest folder that leaves room for the name of a socket, in bytes. */
const MAX_FOLDER = 70;

/** Starts a program of go-plugin: see launchGoPlugin. */
export async function launch(options: GoPluginOptions): Promise<RunningPlugin> {
  const label = options.label ?? basename(options.program);
  const grpc = await loadGrpc();
  const keys = options.tls ? await makeKeyPair() : undefined;
  if (options.signal?.aborted) throw cancelled(label, options.signal);
  const folder = await makeFolder();
  let program: GuardedProgram;
  try {
    program = await GuardedProgram.start({
      program: options.program,
      args: options.args ?? [],
      environment: environmentOf(options, folder, keys),
      descriptors: options.descriptors ?? [],
      folder,
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return new Start(label, program, options).finish(keys, grpc);
}

async function loadGrpc(): Promise<Grpc> {
  try {
    return await import('@grpc/grpc-js');
  } catch (cause) {
    throw new PackageMissingError('a plugin in a process of its own', ['@grpc/grpc-js'], { cause });
  }
}

const cancelled = (label: string, signal: AbortSignal): CancelledError =>
  new CancelledError(`start plugin ${label}`, { cause: signal.reason });

/** Makes a folder for the program's socket that no other user can enter. */
async function makeFolder(): Promise<string> {
  const base = Buffer.byteLength(tmpdir()) <= MAX_FOLDER ? tmpdir() : '/tmp';
  return mkdtemp(join(base, 'plughost-'));
}

function environmentOf(options: GoPluginOptions, folder: string, keys: KeyPair | undefined): Record<string, string> {
  const passed = PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return {
    ...Object.fromEntries(passed),
    ...options.env,
    [options.cookie.key]: options.cookie.value,
    PLUGIN_MIN_PORT: '10000',
    PLUGIN_MAX_PORT: '25000',
    PLUGIN_PROTOCOL_VERSIONS: options.versions.join(','),
    PLUGIN_UNIX_SOCKET_DIR: folder,
    ...(keys && { PLUGIN_CLIENT_CERT: keys.certificate }),
  };
}

/** The start of one program, up to its first answer. */
class Start {
  readonly #label: string;
  readonly #program: GuardedProgram;
  readonly #options: GoPluginOptions;
  readonly #output: FirstLines;
  readonly #errors: ErrorLines;
  readonly #lastErrors: string[] = [];

  constructor(label: string, program: GuardedProgram, options: GoPluginOptions) {
    this.#label = label;
    this.#program = program;
    this.#options = options;
    const log = options.onLog ?? (() => {});
    this.#output = new FirstLines(program.stdout, label, log);
    this.#errors = new ErrorLines(label, log);
    const lines = new OutputLines((line) => {
      this.#errors.add(line);
      if (line.trim() === '') return;
      this.#lastErrors.push(line.trim());
      if (this.#lastErrors.length > SHOWN_LINES) this.#lastErrors.shift();
    });
    program.stderr.on('data', (bytes: Buffer) => lines.add(bytes));
    program.stderr.on('error', () => {});
    program.stderr.on('close', () => lines.end());
  }

  /** Waits for the handshake and connects. A start that fails leaves no process. */
  async finish(keys: KeyPair | undefined, grpc: Grpc): Promise<RunningPlugin> {
    const { startTimeout = START_TIMEOUT, signal } = this.#options;
    const { promise: stopped, reject } = withReject();
    const abort = (): void => reject(cancelled(this.#label, signal as AbortSignal));
    const timer = setTimeout(() => reject(new Refusal(`it did not serve within ${startTimeout} ms`)), startTimeout);
    signal?.addEventListener('abort', abort);
    let connection: Connection | undefined;
    try {
      const pid = await Promise.race([this.#pid(), stopped]);
      const handshake = await Promise.race([this.#handshake(), stopped]);
      const reach = this.#reach(handshake, keys);
      connection = new Connection(grpc, reach);
      this.#takeOutput(connection);
      await Promise.race([this.#serves(connection, startTimeout), stopped]);
      return new RunningPlugin(pid, this.#program, handshake, reach, connection);
    } catch (error) {
      this.#program.kill();
      const end = await this.#program.ended;
      connection?.close();
      throw error instanceof PlughostError ? error : this.#failed(error, end);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  async #pid(): Promise<number> {
    const started = await this.#program.started;
    if (typeof started === 'number') return started;
    throw new Refusal(`${this.#options.program} cannot be executed: ${started.refused}`);
  }

  async #handshake(): Promise<Handshake> {
    const first = await this.#output.handshake;
    if ('reason' in first) throw new Refusal(first.reason);
    const handshake = readHandshake(first.line, this.#options.versions);
    if (isFault(handshake)) {
      this.#output.first = first.line;
      throw new Refusal(handshake.reason, handshake.hint);
    }
    return handshake;
  }

  #reach({ network, address, certificate }: Handshake, keys: KeyPair | undefined): Reach {
    const target = network === 'unix' ? `unix:${address}` : address;
    if (keys) {
      if (certificate) return { target, tls: { ...keys, peer: pemOf(certificate) } };
      throw new Refusal('it did not answer with a certificate, so it does not do TLS', 'start it without tls');
    }
    if (certificate) throw new Refusal('it wants TLS', 'start it with tls: true');
    if (network === 'tcp' && !this.#options.plainTcp) {
      const hint = 'start it with tls: true; if it does not do TLS, plainTcp: true permits the port';
      throw new Refusal(`it listens on ${address}, where every user of this machine can reach it`, hint);
    }
    return { target };
  }

  #takeOutput(connection: Connection): void {
    const { onLog } = this.#options;
    const output = new OutputLines((line) => {
      if (line.trim() !== '') onLog?.({ label: this.#label, level: 'info', message: cleaned(line) });
    });
    const errors = new OutputLines((line) => this.#errors.add(line));
    connection.takeOutput((channel, bytes) => (channel === 'stderr' ? errors : output).add(bytes));
  }

  async #serves(connection: Connection, timeout: number): Promise<void> {
    let serves: boolean;
    try {
      serves = await connection.serves(timeout);
    } catch (error) {
      throw new Refusal(`it does not answer: ${reasonOf(error)}`);
    }
    if (!serves) throw new Refusal('it says that it does not serve');
  }

  #failed(error: unknown, { status, signal }: ProgramEnd): unknown {
    if (!(error instanceof Refusal)) return error;
    const killed = signal === KILLED ? '' : `, and was killed by signal ${signal}`;
    const how = status === null ? killed : `, and exited with status ${status}`;
    const printed = { first: this.#output.first, errors: this.#lastErrors };
    const details = error.hint === undefined ? {} : { hint: error.hint };
    return new HandshakeError(this.#label, error.message + how, printed, details);
  }
}

/** The signal by which a start that failed ends the program. */
const KILLED = 9;

/** Why a program is no plugin that can be used. */
class Refusal extends Error {
  readonly hint: string | undefined;

  constructor(reason: string, hint?: string) {
    super(reason);
    this.hint = hint;
  }
}

const isFault = (read: Handshake | HandshakeFault): read is HandshakeFault => 'reason' in read;

/** Returns a promise that only rejects. */
function withReject(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_, fail) => {
    reject = fail;
  });
  promise.catch(() => {});
  return { promise, reject };
}
