import { fstatSync, writeSync } from 'node:fs';
import { loadedAddon } from '../../addon.js';
import { OutputError, PlughostError, PluginFaultError, reasonOf } from '../../errors/index.js';
import { bytesOf } from '../../files/file-name.js';
import type { Progress } from '../../pipeline/run-options.js';
import { cleaned, jsonText, printable } from '../../text/printable.js';
import { STANDARD_OUTPUT } from './standard-streams.js';
import type { When } from './when.js';

/** What the progress line shows. */
type Shown = Pick<Progress, 'bytes' | 'total'> & Partial<Pick<Progress, 'kept'>>;

/**
 * Writes messages and progress to standard error. Writes by descriptor, because `process.stderr` makes a pipe
 * non-blocking, also for the other processes that share it.
 */
export class Terminal {
  #color: When = 'auto';
  #verbose = false;
  #json = false;
  #progressShown = false;
  #failed = false;
  /** Bytes that standard error has not accepted yet. */
  #waiting = Buffer.alloc(0);
  #hurried = false;

  /** Sets how messages look. Called when the command line has been read. What is left out stays. */
  configure({ color, verbose, json }: { color?: When; verbose?: boolean; json?: boolean }): void {
    this.#color = color ?? this.#color;
    this.#verbose = verbose ?? this.#verbose;
    this.#json = json ?? this.#json;
  }

  /** Writes one or several lines. */
  say(text: string): void {
    this.clearProgress();
    this.#write(`${printable(text)}\n`);
  }

  /** Writes one line that starts with the name of the command. */
  #writeLine(style: string, text: string): void {
    this.clearProgress();
    this.#write(`${this.#paint(style, 'host:')} ${cleaned(text)}\n`);
  }

  /** Reports an error, and its hint on a second line. With `--json` writes one object on one line. */
  error(error: unknown): void {
    this.#failed = true;
    const known = error instanceof PlughostError;
    if (this.#json) {
      const facts = known
        ? {
            code: error.code,
            message: error.message,
            hint: error.hint,
            ...(error instanceof PluginFaultError && { fault: error.kind, place: error.place }),
          }
        : { message: reasonOf(error) };
      this.say(jsonText({ type: 'error', data: { code: 'ERR_UNEXPECTED', ...facts } }));
      return;
    }
    this.#writeLine('31', known ? error.message : `unexpected: ${reasonOf(error)}`);
    if (known && error.hint) this.say(`      ${error.hint}`);
    if (this.#verbose) this.say(stackOf(error));
    else if (!known) this.say('      this is a fault of plughost; --verbose shows where');
  }

  /** Runs a step and reports its PlughostError, so that the command can go on. Returns whether the step succeeded. */
  attempt(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      if (!(error instanceof PlughostError)) throw error;
      this.error(error);
      return false;
    }
  }

  /** Whether an error was reported. */
  get hasFailed(): boolean {
    return this.#failed;
  }

  warn(text: string): void {
    if (this.#json) {
      this.say(jsonText({ type: 'warning', data: { message: text } }));
      return;
    }
    this.#writeLine('33', text);
  }

  /** Draws the progress line again. `startedAt` is a value of `process.uptime()`. */
  progress({ bytes, total, kept }: Shown, startedAt: number): void {
    const seconds = Math.max(process.uptime() - startedAt, 1e-3);
    const rate = bytes / seconds;
    const share = total ? ` ${((bytes / total) * 100).toFixed(0)} %,` : '';
    const left = total && rate > 0 ? `, ${Math.ceil((total - bytes) / rate)} s left` : '';
    const lines = kept === undefined ? '' : `, ${count(kept)} lines kept`;
    if (this.#waiting.length > 0) return;
    this.#write(`\r\x1b[K${size(bytes)},${share} ${size(rate)}/s${lines}${left}`);
    this.#progressShown = true;
  }

  clearProgress(): void {
    if (this.#progressShown) this.#write('\r\x1b[K');
    this.#progressShown = false;
  }

  /** Makes `flush` return at once. Messages that nobody reads are lost, because the command must end now. */
  hurry(): void {
    this.#hurried = true;
  }

  /** Waits until standard error has accepted all messages. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#hurried) {
      await process.getBuiltinModule('node:timers/promises').setTimeout(RETRY);
      this.#push();
    }
  }

  /**
   * Queues a message. Does not block once the addon is loaded: signals and time limits need this thread while a run is
   * in progress.
   */
  #write(text: string): void {
    const waited = this.#waiting.length;
    if (waited > MAX_WAITING) return;
    this.#waiting = Buffer.concat([this.#waiting, Buffer.from(text)]);
    if (waited === 0) this.#push();
  }

  #push(): void {
    try {
      const native = loadedAddon();
      if (native) {
        this.#waiting = this.#waiting.subarray(native.writeNow(2, this.#waiting));
        if (this.#waiting.length > 0) setTimeout(() => this.#push(), RETRY).unref();
        return;
      }
      print(this.#waiting, STANDARD_ERROR);
    } catch {
      // Standard error cannot be written, so the failure cannot be reported either.
    }
    this.#waiting = Buffer.alloc(0);
  }

  #paint(style: string, text: string): string {
    return wantsColor(this.#color, 2) ? `\x1b[${style}m${text}\x1b[0m` : text;
  }
}

/** Returns whether to draw progress. `auto` draws none between lines that go to the same terminal. */
export function wantsProgress(when: When, lines?: { fd: number }): boolean {
  if (when === 'auto') return isFancy(2) && !(lines?.fd === STANDARD_OUTPUT.fd && isTerminal(lines.fd));
  return when === 'always';
}

/** Returns whether to write colour to a descriptor. */
export function wantsColor(when: When, fd: number): boolean {
  return when === 'always' || (when === 'auto' && isFancy(fd) && !process.env.NO_COLOR);
}

/** Returns whether a descriptor is a terminal. */
export function isTerminal(fd: number): boolean {
  if (!fstatSync(fd).isCharacterDevice()) return false;
  // node:tty loads Node's sockets and streams, which takes a tenth of Node's start.
  return loadedAddon()?.isTerminal(fd) ?? process.getBuiltinModule('node:tty').isatty(fd);
}

/** Returns whether a descriptor is a terminal that supports colour and cursor movement. */
function isFancy(fd: number): boolean {
  return isTerminal(fd) && process.env.TERM !== 'dumb';
}

/** Thrown when the reader of the output has closed it, as `head` does. The command then ends, which is no error. */
class ReaderLeft extends Error {}

/** Returns whether the error says that the reader of the output has closed it. */
export const hasReaderLeft = (error: unknown): boolean =>
  error instanceof ReaderLeft || (error instanceof OutputError && error.errno === 'EPIPE');

/** Writes all data before it returns, so that the caller learns of a failure. @throws OutputError, ReaderLeft */
export function print(data: string | Uint8Array, { fd, name } = STANDARD_OUTPUT): void {
  const bytes = typeof data === 'string' ? bytesOf(data) : data;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      if (code === 'EPIPE') throw new ReaderLeft();
      // EAGAIN: the pipe is non-blocking and full.
      if (code !== 'EAGAIN') throw new OutputError(name, code, reasonOf(cause), { cause });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

const STANDARD_ERROR = { fd: 2, name: 'standard error' };

/** Milliseconds between two attempts to write to standard error. */
const RETRY = 10;

/** The bytes that may wait for the reader of standard error. Further messages are dropped. */
const MAX_WAITING = 1 << 20;

/** Formats a number of bytes: 1.50 MiB. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value.toFixed(0) : value.toFixed(value < 10 ? 2 : 1)} ${units[unit]}`;
}

/** Formats a number: 1,234,567. */
export function count(value: number): string {
  // Same result as toLocaleString('en-US'), which takes 25 ms the first time and would delay the end of a run.
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
