import { writeSync } from 'node:fs';
import { PlughostError, reasonOf } from '../errors.js';
import type { Progress } from '../pipeline/run.js';

export type When = 'auto' | 'always' | 'never';

/** Whether standard error is a terminal that understands more than plain text. */
function fancy(when: When): boolean {
  if (when !== 'auto') return when === 'always';
  return process.stderr.isTTY === true && process.env.TERM !== 'dumb';
}

/**
 * Writes everything that is not data: messages, help, progress. Standard output belongs to the data and is left to
 * whoever writes it.
 */
export class Terminal {
  readonly #color: boolean;
  readonly #verbose: boolean;
  #progressShown = false;

  constructor(color: When, verbose: boolean) {
    this.#color = color === 'always' || (fancy(color) && !process.env.NO_COLOR);
    this.#verbose = verbose;
  }

  /** One message on standard error. */
  say(text: string): void {
    this.clearProgress();
    process.stderr.write(`${text}\n`);
  }

  /** What failed, and on a line of its own what to do. */
  error(error: unknown, context = ''): void {
    const known = error instanceof PlughostError;
    const message = known ? error.message : `unexpected: ${reasonOf(error)}`;
    this.say(`${this.#paint('31', 'host:')} ${context}${message}`);
    if (known && error.hint) this.say(`      ${error.hint}`);
    if (this.#verbose) this.say(stackOf(error));
    else if (!known) this.say('      this is a fault of plughost; --verbose shows where');
  }

  warn(text: string): void {
    this.say(`${this.#paint('33', 'host:')} ${text}`);
  }

  progress({ bytes, total, kept }: Progress, startedAt: number): void {
    const seconds = Math.max((performance.now() - startedAt) / 1000, 1e-3);
    const rate = bytes / seconds;
    const share = total ? ` ${((bytes / total) * 100).toFixed(0)} %,` : '';
    const left = total && rate > 0 ? `, ${Math.ceil((total - bytes) / rate)} s left` : '';
    process.stderr.write(`\r\x1b[K${size(bytes)},${share} ${size(rate)}/s, ${count(kept)} lines kept${left}`);
    this.#progressShown = true;
  }

  clearProgress(): void {
    if (this.#progressShown) process.stderr.write('\r\x1b[K');
    this.#progressShown = false;
  }

  #paint(style: string, text: string): string {
    return this.#color ? `\x1b[${style}m${text}\x1b[0m` : text;
  }
}

/** Whether progress should be drawn. */
export function wantsProgress(when: When): boolean {
  return fancy(when);
}

/** Writes to standard output at once, so that a failure is noticed here and not after the last line of code. */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      // A pipe that somebody made non-blocking, and that is full.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
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
  return value.toLocaleString('en-US');
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
