import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Addon } from '../addon/exports.js';
import { addon } from '../addon.js';
import { AddonMissingError } from '../errors/index.js';
import { bytesOf, systemPath } from '../files/file-name.js';

const PREFIX = '.plughost-';
const SUFFIX = '.part';

/**
 * Whether a file of this name is one that a killed process has left half written, and nobody's data. Earlier versions
 * named it by its place and the process.
 */
export const isLeftover = (name: string): boolean =>
  (name.startsWith(PREFIX) && name.endsWith(SUFFIX)) || /^\..+\.\d+\.part$/s.test(name);

/**
 * A file that is being written. Where the system can do it, it has no name until it is complete, so that nothing of it is
 * left whatever ends the process; else it has a random one.
 */
export class TemporaryFile {
  readonly fd: number;
  readonly #folder: string;
  #name: string | undefined;
  #open = true;

  /** @throws the system's errors */
  constructor(folder: string, mode: number) {
    this.#folder = folder;
    const fd = openNameless(folder, mode);
    if (fd !== undefined) {
      this.fd = fd;
      return;
    }
    // Of a fixed length, as the name of the place may be as long as a name can be.
    this.#name = this.#randomName();
    this.fd = openSync(systemPath(this.#name), 'wx+', mode);
  }

  /**
   * Returns its path, which nobody else has; a file without a name gets one.
   * @throws the system's errors
   */
  path(): string {
    if (this.#name === undefined) {
      const name = this.#randomName();
      addon().nameFile(this.fd, bytesOf(name));
      this.#name = name;
    }
    return this.#name;
  }

  /** It is under another name now: nothing is left to remove. */
  forget(): void {
    this.#name = undefined;
  }

  /** Takes its name away; what is written can still be read by the descriptor. */
  unlink(): void {
    if (this.#name !== undefined) rmSync(systemPath(this.#name), { force: true });
    this.#name = undefined;
  }

  /** Some systems report a write that failed only here. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.fd);
  }

  /** Nothing of it stays. */
  discard(): void {
    try {
      this.close();
    } catch {
      // What was written is not wanted any more, so how it went does not matter.
    }
    this.unlink();
  }

  #randomName(): string {
    return join(this.#folder, `${PREFIX}${randomBytes(8).toString('hex')}${SUFFIX}`);
  }
}

/** The addon, if this machine has it. Files can be replaced without it. */
export function addonIfBuilt(): Addon | undefined {
  try {
    return addon();
  } catch (error) {
    if (error instanceof AddonMissingError) return undefined;
    throw error;
  }
}

/** What Node has no name for; of this value on all machines that it runs on. */
const O_TMPFILE = 0o20000000 | (constants.O_DIRECTORY ?? 0);

/** Undefined where there are no files without a name, or they could not be given one. */
function openNameless(folder: string, mode: number): number | undefined {
  if (process.platform !== 'linux' || !existsSync('/proc/self/fd') || !addonIfBuilt()) return undefined;
  try {
    return openSync(systemPath(folder), O_TMPFILE | constants.O_RDWR, mode);
  } catch {
    return undefined;
  }
}
