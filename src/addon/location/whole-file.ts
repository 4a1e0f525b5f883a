import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The size of the header of a 64-bit ELF file. */
const HEADER = 64;
/** The first bytes of such a file whose numbers are little-endian. */
const MAGIC = '\x7fELF\x02\x01';

/** A native file lacks its end. */
export class CutOffError extends Error {}

/**
 * Checks that a native file has its end. The system opens one that was cut off, and ends the process by SIGBUS at the first
 * use of a missing page. Linkers write the table of sections last, so the first bytes tell how long the file must be.
 * @throws CutOffError; Error of the system when the file cannot be read
 */
export function checkWhole(path: string): void {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(HEADER);
    const length = readSync(file, header, 0, HEADER, 0);
    // The system refuses what does not begin so.
    if (!MAGIC.startsWith(header.toString('latin1', 0, Math.min(length, MAGIC.length)))) return;
    if (length < HEADER) throw new CutOffError(`the file is cut off: it has ${length} bytes`);
    const sections = header.readBigUInt64LE(0x28);
    const end = sections + BigInt(header.readUInt16LE(0x3a) * header.readUInt16LE(0x3c));
    const { size } = fstatSync(file);
    if (end > BigInt(size)) throw new CutOffError(`the file is cut off: it has ${size} of ${end} bytes`);
  } finally {
    closeSync(file);
  }
}
