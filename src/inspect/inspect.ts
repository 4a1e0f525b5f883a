import { NotALibraryError, reasonOf } from '../errors.js';
import { readElf } from './elf.js';
import { FileBytes } from './file-bytes.js';
import { FormatError, type Inspection } from './inspection.js';

const MACH_O = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe, 0xcafebabf]);

/**
 * Reads a library's file without running any of it.
 * @throws NotALibraryError when it cannot be read, is damaged, or is something else; the message says what it is.
 */
export function inspect(path: string): Inspection {
  try {
    using file = new FileBytes(path);
    if (file.size === 0) throw new FormatError('is empty');
    const magic = file.read(0, Math.min(4, file.size));
    if (magic.equals(Buffer.from('\x7fELF', 'latin1'))) return readElf(file);
    throw new FormatError(describe(magic));
  } catch (error) {
    if (error instanceof FormatError) throw new NotALibraryError(path, `it ${error.message}`);
    throw new NotALibraryError(path, reasonOf(error), { cause: error });
  }
}

function describe(magic: Buffer): string {
  if (magic.length === 4 && MACH_O.has(magic.readUInt32BE()))
    return 'is a library for macOS (Mach-O), and this host reads ELF';
  if (magic.toString('latin1', 0, 2) === 'MZ') return 'is a library for Windows (PE), and this host reads ELF';
  if (magic.toString('latin1', 0, 2) === '#!') return 'is a script, not a shared library';
  const text = /^[\t\n\r\x20-\x7e\x80-\xff]+$/.test(magic.toString('latin1'));
  return text ? 'is a text file, not a shared library' : 'is not a shared library in a known format';
}
