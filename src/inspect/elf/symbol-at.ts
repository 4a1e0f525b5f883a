import { FileBytes } from '../file-bytes.js';
import { type Fields, Layout } from '../layout.js';
import { MAX_SYMBOLS } from '../names.js';

// The numbers are from the System V ABI, "Sections" and "Symbol Table".
const SHT_SYMTAB = 2;
const STT_FUNC = 2;
const MAX_SECTIONS = 4096;

/**
 * Returns the name of the function at an address in an ELF library, also of functions that are not exported. Undefined
 * when there is none, when the library is stripped, or when the file cannot be read.
 * @param offset bytes from the load address of the library
 */
export function symbolAt(path: string, offset: number): string | undefined {
  try {
    using file = new FileBytes(path);
    return find(file, offset);
  } catch {
    // The name only improves a message, so an error does not matter.
    return undefined;
  }
}

function find(file: FileBytes, offset: number): string | undefined {
  const head = file.read(0, 64);
  if (head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2) return undefined;
  const layout = new Layout(true, head[5] === 1);
  const header = layout.of(head);
  const [count, size] = [header.u16(60), header.u16(58)];
  if (size !== 64 || count > MAX_SECTIONS) return undefined;
  const sections = layout.of(file.read(header.u64(40), size * count));
  const rangeOf = (section: number): [number, number] => [sections.u64(section + 24), sections.u64(section + 32)];
  for (let at = 0; at < sections.length; at += size) {
    if (sections.u32(at + 4) !== SHT_SYMTAB) continue;
    const names = sections.u32(at + 40) * size;
    const [begin, length] = rangeOf(at);
    if (names >= sections.length || length > MAX_SYMBOLS * 24) return undefined;
    const name = nameAt(layout.of(file.read(begin, length)), offset);
    if (name === undefined) return undefined;
    const [namesBegin, namesLength] = rangeOf(names);
    const text = file.read(namesBegin + name, Math.min(512, namesLength - name));
    const end = text.indexOf(0);
    return end > 0 ? text.toString('latin1', 0, end) : undefined;
  }
  return undefined;
}

/** Returns the offset of the function's name in the table of names. */
function nameAt(table: Fields, offset: number): number | undefined {
  for (let at = 0; at + 24 <= table.length; at += 24) {
    const value = table.u64(at + 8);
    if ((table.u8(at + 4) & 15) === STT_FUNC && value <= offset && offset < value + table.u64(at + 16)) {
      return table.u32(at);
    }
  }
  return undefined;
}
