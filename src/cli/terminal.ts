import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { OutputError, PlughostError, PluginFaultError, reasonOf } from '../errors.js';
import type { Progress } from '../pipeline/job.js';
import { cleaned, jsonText, printable } from '../printable.js';
import type { WHEN } from './flags.js';
import { STANDARD_OUTPUT } from './standard-streams.js';

export type When = (typeof WHEN)[number];

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

  /** Takes what the command line says, once it is understood. */
  configure({ color, verbose, json = false }: { color: When; verbose: boolean; json?: boolean }): void {
    this.#color = color;
    this.#verbose = verbose;
    this.#json = json;
  }

  /** A text of one or several lines on standard error. */
  say(text: string): void {
    this.clearProgress();
    mention(`${printable(text)}\n`);
  }

  /** One line, behind the name of the command. */
  #line(style: string, text: string): void {
    this.clearProgress();
    mention(`${this.#paint(style, 'host:')} ${cleaned(text)}\n`);
  }

  /** What failed, and on a line of its own what to do; for programs one object on one line. */
  error(error: unknown): void {
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
    mention(`\r\x1b[K${size(bytes)},${share} ${size(rate)}/s${lines}${left}`);
    this.#progressShown = true;
  }

  clearProgress(): void {
    if (this.#progressShown) mention('\r\x1b[K');
    this.#progressShown = false;
  }

  #paint(style: string, text: string): string {
    const wanted = this.#color === 'always' || (this.#color === 'auto' && isFancy() && !process.env.NO_COLOR);
    return wanted ? `\x1b[${style}m${text}\x1b[0m` : text;
  }
}

/** Whether progress should be drawn; by itself not between lines that go to a terminal too. */
export function wantsProgress(when: When, lines?: { fd: number }): boolean {
  if (when === 'auto') return isFancy() && !(lines?.fd === STANDARD_OUTPUT.fd && isTerminal(lines.fd));
  return when === 'always';
}

/** Whether a descriptor is a terminal. */
export function isTerminal(fd: number): boolean {
  return fstatSync(fd).isCharacterDevice() && isatty(fd);
}

/** Whether standard error is a terminal that understands more than plain text. */
function isFancy(): boolean {
  return isTerminal(2) && process.env.TERM !== 'dumb';
}

/** Writes data at once, so that a failure is noticed here and not after the last line of code. @throws OutputError */
export function print(text: string, { fd, name } = STANDARD_OUTPUT): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      // A pipe that somebody else made non-blocking, and that is full.
      if (code !== 'EAGAIN') throw new OutputError(name, code, reasonOf(cause), { cause });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Writes to standard error; when nobody can be told, there is nothing left to do about it. */
function mention(text: string): void {
  try {
    print(text, { fd: 2, name: 'standard error' });
  } catch {}
}

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
