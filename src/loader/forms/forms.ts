import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemPath } from '../../files/file-name.js';
import { type FileForm, HEAD_SIZE } from './form.js';
import { rules } from './rules.js';
import { script } from './script.js';
import { wasm } from './wasm.js';

/** The forms whose plugins are files, but for libraries. That which knows its files by their first bytes comes first. */
export const FORMS: readonly FileForm[] = [wasm, rules, script];

/** The suffixes of libraries of every system, because `inspect` reads them all, and versions after `.so`. */
export const LIBRARY_NAME = /\.(so(\.\d+)*|dylib|dll)$/;

/** The first bytes of libraries: ELF, Mach-O for one and for several machines, PE. */
const LIBRARY_MAGIC = /^(\x7fELF|[\xce\xcf]\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|\xca\xfe\xba\xbe|MZ)/;

/**
 * Returns the form of the file at a path; undefined for a library, and for everything that no form claims. Reads the
 * first bytes of the file, unless its name is that of a library.
 */
export function formOf(path: string): FileForm | undefined {
  if (LIBRARY_NAME.test(path)) return undefined;
  const head = headOf(path);
  return head && claimant(path, head);
}

/** Returns the form of a file in a folder of plugins, if the file is meant as a plugin. */
export function formInFolder(path: string): FileForm | undefined {
  if (!FORMS.some(({ suffixes }) => suffixes.some((suffix) => path.endsWith(suffix)))) return undefined;
  const head = headOf(path);
  const form = head && claimant(path, head);
  return head && form?.isPlugin(path, head) ? form : undefined;
}

function claimant(path: string, head: Buffer): FileForm | undefined {
  if (LIBRARY_MAGIC.test(head.toString('latin1', 0, 4))) return undefined;
  return FORMS.find((form) => form.claims(path, head));
}

/** Returns the first bytes of a regular file; undefined for everything that cannot be read. */
function headOf(path: string): Buffer | undefined {
  let fd: number | undefined;
  try {
    // O_NONBLOCK keeps the opening of a pipe from blocking.
    fd = openSync(systemPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(fd).isFile()) return undefined;
    const head = Buffer.alloc(HEAD_SIZE);
    return head.subarray(0, readSync(fd, head, 0, HEAD_SIZE, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
