import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Addon } from '../addon/exports.js';
import { addon } from '../addon.js';
import { AddonMissingError } from '../errors/index.js';
import { bytesOf, systemPath } from '../files/file-name.js';

const PREFIX = '.plughost-';
const SUFFIX = '.part';

/**
 * Returns whether this is the name of a half-written file that a killed process has left. Earlier versions of plughost
 * used the second pattern, with the name of the final file and the process id.
 */
export const isLeftover = (name: string): boolean =>
  name.endsWith(SUFFIX) && (name.startsWith(PREFIX) || /^\..+\.\d+\.part$/s.test(name));

/**
 * A file that is being written. If the system allows it, the file has no name until it is complete, so that nothing
 * remains however the process ends. Otherwise it has a random name.
 */
export class TemporaryFile {
  readonly fd: number;
  readonly #folder: string;
  #name: string | undefined;
  #open = true;

  /** Makes a file in the folder. @throws the system's errors */
  constructor(folder: string, mode: number) {
    this.#folder = folder;
    const fd = openNameless(folder, mode);
    if (fd !== undefined) {
      this.fd = fd;
      return;
    }
    // The name has a fixed length, because that of the final file may have the maximum length already.
    this.#name = this.#randomName();
    this.fd = openSync(systemPath(this.#name), 'wx+', mode);
  }

  /**
   * Returns its path, which is unique. A file without a name gets a random one.
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

  /** Forgets the name after the caller has renamed the file, so that `discard` does not remove it. */
  forget(): void {
    this.#name = undefined;
  }

  /** Removes the name. The descriptor can still read and write the bytes. */
  unlink(): void {
    if (this.#name !== undefined) rmSync(systemPath(this.#name), { force: true });
    this.#name = undefined;
  }

  /** Closes the descriptor. Some systems report a failed write only here. @throws the system's errors */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.fd);
  }

  /** Closes and removes the file. */
  discard(): void {
    try {
      this.close();
    } catch {
      // The data is not wanted, so a failed write does not matter.
    }
    this.unlink();
  }

  #randomName(): string {
    // Loaded on demand: importing node:crypto takes a tenth of Node's start, and few files need a name.
    const { randomBytes } = process.getBuiltinModule('node:crypto');
    return join(this.#folder, `${PREFIX}${randomBytes(8).toString('hex')}${SUFFIX}`);
  }
}

/** Returns the addon, or undefined when it is not built. Files can be replaced without it. */
export function addonIfBuilt(): Addon | undefined {
  try {
    return addon();
  } catch (error) {
    if (error instanceof AddonMissingError) return undefined;
    throw error;
  }
}

/** Node does not export this flag. It has this value on all architectures that Node supports. */
const O_TMPFILE = 0o20000000 | (constants.O_DIRECTORY ?? 0);

/** Opens a file without a name. Returns undefined if the system does not support it, or cannot name the file later. */
function openNameless(folder: string, mode: number): number | undefined {
  if (process.platform !== 'linux' || !existsSync('/proc/self/fd') || !addonIfBuilt()) return undefined;
  try {
    return openSync(systemPath(folder), O_TMPFILE | constants.O_RDWR, mode);
  } catch {
    return undefined;
  }
}
