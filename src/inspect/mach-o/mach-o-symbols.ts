import { type ExportedSymbol, FormatError, type ImportedSymbol } from '../inspection.js';
import type { Fields } from '../layout.js';
import { MAX_NAMES, MAX_SYMBOLS, Names } from '../names.js';
import type { MachOImage } from './mach-o-commands.js';
import { readTrie } from './mach-o-trie.js';

// The numbers are from Apple's <mach-o/nlist.h>.
const N_STAB = 0xe0;
const N_PEXT = 0x10;
const N_TYPE = 0x0e;
const N_UNDF = 0x00;
const N_ABS = 0x02;
const N_SECT = 0x0e;
const N_EXT = 0x01;
const N_WEAK_REF = 0x40;

/** Reads the symbols that dlsym finds: from the tree of exported names, or in old files from the symbol table. */
export function readExports(image: MachOImage): ExportedSymbol[] {
  const { trie, read, sections, base } = image;
  if (!trie || trie.size === 0) return readDefined(image);
  if (trie.size > MAX_NAMES) throw new FormatError(`claims ${trie.size} bytes of names, which is too many`);
  return readTrie(read(trie.offset, trie.size)).map(({ name, offset, absolute }) => {
    const address = base + offset;
    const section = sections.find((one) => address >= one.address && address - one.address < one.size);
    return { name: plain(name), kind: !absolute && section?.executable ? 'function' : 'data', size: 0, offset };
  });
}

function readDefined(image: MachOImage): ExportedSymbol[] {
  const { table, names } = readTable(image);
  const symbols: ExportedSymbol[] = [];
  for (let at = 0; at < table.length; at += entrySize(table.wide)) {
    const type = table.u8(at + 4);
    const kind = type & N_TYPE;
    if ((type & (N_STAB | N_PEXT)) !== 0 || (type & N_EXT) === 0 || (kind !== N_SECT && kind !== N_ABS)) continue;
    const code = kind === N_SECT && image.sections[table.u8(at + 5) - 1]?.executable === true;
    symbols.push({
      name: plain(names.at(table.u32(at))),
      kind: code ? 'function' : 'data',
      size: 0,
      offset: table.word(at + 8) - image.base,
    });
  }
  return symbols;
}

/** Reads the imported symbols. With `twoLevels` each symbol states which needed library must define it. */
export function readImports(image: MachOImage, twoLevels: boolean): ImportedSymbol[] {
  const { table, names } = readTable(image);
  const imports: ImportedSymbol[] = [];
  for (let at = 0; at < table.length; at += entrySize(table.wide)) {
    const type = table.u8(at + 4);
    if ((type & N_STAB) !== 0 || (type & N_EXT) === 0 || (type & N_TYPE) !== N_UNDF) continue;
    const description = table.u16(at + 6);
    imports.push({
      name: plain(names.at(table.u32(at))),
      optional: (description & N_WEAK_REF) !== 0,
      library: twoLevels ? image.needed[(description >> 8) - 1] : undefined,
    });
  }
  return imports;
}

const entrySize = (wide: boolean) => (wide ? 16 : 12);

/** Removes the underscore that precedes the names of C. */
const plain = (name: string) => name.replace(/^_/, '');

function readTable({ read, layout, symtab }: MachOImage): { table: Fields; names: Names } {
  const { symbols, count, names, namesSize } = symtab ?? { symbols: 0, count: 0, names: 0, namesSize: 0 };
  if (count > MAX_SYMBOLS || namesSize > MAX_NAMES) {
    throw new FormatError(`claims ${count} symbols with ${namesSize} bytes of names, which is too many`);
  }
  return {
    table: layout.of(read(symbols, count * entrySize(layout.wide))),
    names: new Names(read(names, namesSize)),
  };
}
