import { FormatError } from '../inspection.js';
import { MAX_NAME, MAX_NAMES, MAX_SYMBOLS } from '../names.js';

// Numbers are those of Apple's <mach-o/loader.h>, at dyld_info_command.
const KIND = 3;
const ABSOLUTE = 2;
const REEXPORT = 8;

interface TrieSymbol {
  name: string;
  offset: number;
  absolute: boolean;
}

/**
 * Reads the tree that Mach-O keeps exported names in: each edge has a piece of them. What is exported on behalf of another
 * library is left out.
 * @throws FormatError when it leads out of its bytes, round in circles, or to too many bytes of names
 */
export function readTrie(bytes: Buffer): TrieSymbol[] {
  const symbols: TrieSymbol[] = [];
  const seen = new Set<number>();
  let left = MAX_NAMES;
  // A stack, not recursion, as the tree may be as deep as its names are long.
  const open: { name: string; at: number }[] = [{ name: '', at: 0 }];
  for (let node = open.pop(); node; node = open.pop()) {
    if (seen.has(node.at) || seen.size === MAX_SYMBOLS) throw damaged();
    seen.add(node.at);
    const cursor = new Cursor(bytes, node.at);
    const size = cursor.number();
    const children = cursor.at + size;
    if (size > 0) {
      const flags = cursor.number();
      if ((flags & REEXPORT) === 0) {
        symbols.push({ name: node.name, offset: cursor.number(), absolute: (flags & KIND) === ABSOLUTE });
      }
    }
    cursor.at = children;
    const edges: typeof open = [];
    for (let count = cursor.byte(); count > 0; count--) {
      const name = node.name + cursor.text();
      left -= name.length;
      if (name.length > MAX_NAME || left < 0) throw damaged();
      edges.push({ name, at: cursor.number() });
    }
    // The last of a stack comes first.
    open.push(...edges.reverse());
  }
  return symbols;
}

class Cursor {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw damaged();
    return byte;
  }

  /** Seven bits a byte, the lowest first; the highest bit says that more follow. */
  number(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 64; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw damaged();
  }

  /** Up to its NUL. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.at);
    if (end < 0 || end - this.at > MAX_NAME) throw damaged();
    const text = this.#bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }
}

const damaged = () => new FormatError('is damaged: the tree of its exported names is broken');
