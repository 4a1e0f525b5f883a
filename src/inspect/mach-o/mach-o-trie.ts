import { FormatError } from '../inspection.js';
import { MAX_NAME, MAX_NAMES, MAX_SYMBOLS } from '../names.js';

// The numbers are from Apple's <mach-o/loader.h>, dyld_info_command.
const KIND = 3;
const ABSOLUTE = 2;
const REEXPORT = 8;

interface TrieSymbol {
  name: string;
  offset: number;
  absolute: boolean;
}

/**
 * Reads the tree of exported names, in which each edge holds a piece of a name. Leaves out symbols that are re-exported
 * from another library.
 * @throws FormatError when it points outside of its bytes, has a cycle, or has too many bytes of names
 */
export function readTrie(bytes: Buffer): TrieSymbol[] {
  const symbols: TrieSymbol[] = [];
  const seen = new Set<number>();
  let left = MAX_NAMES;
  // An explicit stack, because the tree may be as deep as a name is long.
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
    // Reversed, because pop() takes the last.
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

  /** Reads a ULEB128 number: seven bits a byte, the lowest first; the highest bit says that more bytes follow. */
  number(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 64; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw damaged();
  }

  /** Reads text up to its NUL. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.at);
    if (end < 0 || end - this.at > MAX_NAME) throw damaged();
    const text = this.#bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }
}

const damaged = () => new FormatError('is damaged: the tree of its exported names is broken');
