import { fstatSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { loadedAddon } from '../../addon.js';
import { OutputError, PlughostError, PluginFaultError, reasonOf } from '../../errors/index.js';
import { bytesOf } from '../../files/file-name.js';
import type { Progress } from '../../pipeline/job.js';
import { cleaned, jsonText, printable } from '../../text/printable.js';
import { STANDARD_OUTPUT } from './standard-streams.js';
import type { When } from './when.js';

/** What the progress line tells. */
type Shown = Pick<Progress, 'bytes' | 'total'> & Partial<Pick<Progress, 'kept'>>;

/**
 * Writes everything that is not data: messages and progress, on standard error. Both streams are written by descriptor:
 * `process.stdout` and `process.stderr` would make a pipe non-blocking under whoever shares it.
 */
export class Terminal {
  #color: When = 'auto';
  #verbose = false;
  #json = false;
  #progressShown = false;
  #failed = false;
  /** What standard error has not taken yet. */
  #waiting = Buffer.alloc(0);
  #hurried = false;

  /** Takes what the command line says, once it is understood. */
  configure({ color, verbose, json = false }: { color: When; verbose: boolean; json?: boolean }): void {
    this.#color = color;
    this.#verbose = verbose;
    this.#json = json;
  }

  /** A text of one or several lines on standard error. */
  say(text: string): void {
    this.clearProgress();
    this.#mention(`${printable(text)}\n`);
  }

  /** One line, behind the name of the command. */
  #line(style: string, text: string): void {
    this.clearProgress();
    this.#mention(`${this.#paint(style, 'host:')} ${cleaned(text)}\n`);
  }

  /** What failed, and on a line of its own what to do; for programs one object on one line. */
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
    this.#line('31', known ? error.message : `unexpected: ${reasonOf(error)}`);
    if (known && error.hint) this.say(`      ${error.hint}`);
    if (this.#verbose) this.say(stackOf(error));
    else if (!known) this.say('      this is a fault of plughost; --verbose shows where');
  }

  /** Runs a step, and says what of plughost fails in it, so that the command can go on; returns whether nothing did. */
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

  /** Whether an error was said. */
  get hasFailed(): boolean {
    return this.#failed;
  }

  warn(text: string): void {
    if (this.#json) {
      this.say(jsonText({ type: 'warning', data: { message: text } }));
      return;
    }
    this.#line('33', text);
  }

  /** Draws the progress line anew; `startedAt` is of `process.uptime()`. */
  progress({ bytes, total, kept }: Shown, startedAt: number): void {
    const seconds = Math.max(process.uptime() - startedAt, 1e-3);
    const rate = bytes / seconds;
    const share = total ? ` ${((bytes / total) * 100).toFixed(0)} %,` : '';
    const left = total && rate > 0 ? `, ${Math.ceil((total - bytes) / rate)} s left` : '';
    const lines = kept === undefined ? '' : `, ${count(kept)} lines kept`;
    if (this.#waiting.length > 0) return;
    this.#mention(`\r\x1b[K${size(bytes)},${share} ${size(rate)}/s${lines}${left}`);
    this.#progressShown = true;
  }

  clearProgress(): void {
    if (this.#progressShown) this.#mention('\r\x1b[K');
    this.#progressShown = false;
  }

  /** Whoever does not read now what was said will not learn it: the command ends. */
  hurry(): void {
    this.#hurried = true;
  }

  /** Waits until standard error has taken what was said. */
  async flush(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#hurried) {
      await sleep(RETRY);
      this.#push();
    }
  }

  /**
   * Does not wait for whoever reads standard error once there is something else to wait for: the thread that would wait is
   * the one that signals and time limits need.
   */
  #mention(text: string): void {
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
      // When nobody can be told, there is nothing left to do about it.
    }
    this.#waiting = Buffer.alloc(0);
  }

  #paint(style: string, text: string): string {
    return wantsColor(this.#color, 2) ? `\x1b[${style}m${text}\x1b[0m` : text;
  }
}

/** Whether progress should be drawn; by itself not between lines that go to a terminal too. */
export function wantsProgress(when: When, lines?: { fd: number }): boolean {
  if (when === 'auto') return isFancy(2) && !(lines?.fd === STANDARD_OUTPUT.fd && isTerminal(lines.fd));
  return when === 'always';
}

/** Whether what goes to a descriptor is to be in colour. */
export function wantsColor(when: When, fd: number): boolean {
  return when === 'always' || (when === 'auto' && isFancy(fd) && !process.env.NO_COLOR);
}

/** Whether a descriptor is a terminal. */
export function isTerminal(fd: number): boolean {
  return fstatSync(fd).isCharacterDevice() && isatty(fd);
}

/** Whether a descriptor is a terminal that understands more than plain text. */
function isFancy(fd: number): boolean {
  return isTerminal(fd) && process.env.TERM !== 'dumb';
}

/** Thrown when whoever reads the output has left: they have seen enough, so that the command ends, which is no error. */
class ReaderLeft extends Error {}

/** Whether the reader of the output has left, whoever has written there. */
export const hasReaderLeft = (error: unknown): boolean =>
  error instanceof ReaderLeft || (error instanceof OutputError && error.errno === 'EPIPE');

/** Writes data at once, so that a failure is noticed here and not after the last line of code. @throws OutputError */
export function print(data: string | Uint8Array, { fd, name } = STANDARD_OUTPUT): void {
  const bytes = typeof data === 'string' ? bytesOf(data) : data;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      if (code === 'EPIPE') throw new ReaderLeft();
      // A pipe that is non-blocking, and that is full.
      if (code !== 'EAGAIN') throw new OutputError(name, code, reasonOf(cause), { cause });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

const STANDARD_ERROR = { fd: 2, name: 'standard error' };

/** Milliseconds until standard error is tried again. */
const RETRY = 10;

/** Bytes that wait for whoever reads standard error; what is said beyond them is lost. */
const MAX_WAITING = 1 << 20;

/** Bytes for people. */
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

/** A number for people: 1,234,567. */
export function count(value: number): string {
  // As toLocaleString('en-US'), which takes 25 ms the first time: a run that is interrupted would end so much later.
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
