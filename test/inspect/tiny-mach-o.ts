export interface TinyMachO {
  bits?: 32 | 64;
  endian?: 'little' | 'big';
  /** CPU_TYPE_*. */
  machine?: number;
  /** MH_*: by default a dynamic library. */
  type?: number;
  /** Exported symbols. An address in the first 256 bytes is code. */
  symbols?: { name: string; address: number; type?: number }[];
  /** Imported symbols. `library` is an index into `needed`, from 1. */
  imports?: { name: string; library?: number; weak?: boolean }[];
  needed?: string[];
  runPath?: string[];
  /** The bytes of the tree of exported names. */
  trie?: Uint8Array;
  /** Changes numbers before the file is written. */
  lie?: Partial<Record<'commands' | 'commandBytes' | 'sections' | 'symbols' | 'names' | 'trie', number>>;
}

/** Returns a dynamic library of macOS with only what dyld needs for its symbols, without code. */
export function tinyMachO({
  bits = 64,
  endian = 'little',
  machine = 0x01000007,
  type = 6,
  symbols = [],
  imports = [],
  needed = [],
  runPath = [],
  trie = new Uint8Array(),
  lie = {},
}: TinyMachO = {}): Buffer {
  const wide = bits === 64;
  const word = wide ? 8 : 4;
  const number = (size: number, value: number) => {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i++) {
      bytes[endian === 'little' ? i : size - 1 - i] = Math.floor(value / 2 ** (8 * i)) % 256;
    }
    return bytes;
  };
  const join = (...fields: (readonly [size: number, value: number] | Uint8Array | string)[]) =>
    Buffer.concat(
      fields.map((field) => {
        if (typeof field === 'string') return Buffer.alloc(16, Buffer.from(`${field}\0`)).fill(0, field.length);
        return field instanceof Uint8Array ? field : number(field[0], field[1]);
      }),
    );
  const command = (kind: number, body: Buffer) => join([4, kind], [4, 8 + body.length], body);
  const text = (value: string, head: Buffer = Buffer.alloc(0)) =>
    join([4, 12 + head.length], head, Buffer.from(value.padEnd(Math.ceil((value.length + 1) / 8) * 8, '\0')));

  const names = [...symbols, ...imports].map(({ name }) => `_${name}\0`);
  const nameAt = names.map((_, i) => 1 + names.slice(0, i).join('').length);
  const strings = Buffer.from(`\0${names.join('')}`);
  const table = join(
    ...symbols.flatMap(({ address, type: kind = 0x0f }, i) => [
      join([4, nameAt[i] ?? 0], [1, kind], [1, address < 256 ? 1 : 2], [2, 0], [word, address]),
    ]),
    ...imports.flatMap(({ library = 0, weak = false }, i) => [
      join([4, nameAt[symbols.length + i] ?? 0], [1, 1], [1, 0], [2, library * 256 + (weak ? 0x40 : 0)], [word, 0]),
    ]),
  );

  const dataAt = 0x1000;
  const segment = join(
    '__TEXT',
    [word, 0],
    [word, 0x4000],
    [word, 0],
    [word, dataAt],
    [4, 5],
    [4, 5],
    [4, lie.sections ?? 2],
    [4, 0],
    ...['__text', '__const'].flatMap((name, i) => [
      join(name, '__TEXT', [word, i * 256], [word, 256], [4, 0], [4, 0], [4, 0], [4, 0]),
      join([4, i === 0 ? 0x80000400 : 0], [4, 0], [4, 0], Buffer.alloc(wide ? 4 : 0)),
    ]),
  );
  const trieAt = dataAt + table.length + strings.length;
  const commands = [
    command(wide ? 0x19 : 1, segment),
    command(
      2,
      join([4, dataAt], [4, lie.symbols ?? names.length], [4, dataAt + table.length], [4, lie.names ?? strings.length]),
    ),
    ...needed.map((name) => command(0xc, text(name, join([4, 0], [4, 0], [4, 0])))),
    ...runPath.map((folder) => command(0x8000001c, text(folder))),
    ...(trie.length > 0 ? [command(0x80000033, join([4, trieAt], [4, lie.trie ?? trie.length]))] : []),
  ];
  const all = Buffer.concat(commands);
  const header = join(
    [4, wide ? 0xfeedfacf : 0xfeedface],
    [4, machine],
    [4, 0],
    [4, type],
    [4, lie.commands ?? commands.length],
    [4, lie.commandBytes ?? all.length],
    [4, 0x80],
    Buffer.alloc(wide ? 4 : 0),
  );
  const head = Buffer.concat([header, all]);
  return Buffer.concat([head, Buffer.alloc(dataAt - head.length), table, strings, trie]);
}

/** Returns a universal file with the given parts. */
export function universal(parts: readonly { machine: number; bytes: Buffer }[], wide = false): Buffer {
  const head = Buffer.alloc(0x4000);
  head.writeUInt32BE(wide ? 0xcafebabf : 0xcafebabe, 0);
  head.writeUInt32BE(parts.length, 4);
  let offset = head.length;
  for (const [i, { machine, bytes }] of parts.entries()) {
    const entry = 8 + i * (wide ? 32 : 20);
    head.writeUInt32BE(machine, entry);
    if (wide) {
      head.writeBigUInt64BE(BigInt(offset), entry + 8);
      head.writeBigUInt64BE(BigInt(bytes.length), entry + 16);
    } else {
      head.writeUInt32BE(offset, entry + 8);
      head.writeUInt32BE(bytes.length, entry + 12);
    }
    offset += bytes.length;
  }
  return Buffer.concat([head, ...parts.map(({ bytes }) => bytes)]);
}

/** A node of the tree of exported names: its symbol, and its children. */
export interface TinyTrie {
  symbol?: number[];
  edges?: Record<string, TinyTrie>;
}

/** Returns the bytes of a tree. */
export function tinyTrie(root: TinyTrie): Uint8Array {
  const nodes: { node: TinyTrie; at: number }[] = [];
  let length = 0;
  const edgesOf = ({ edges = {} }: TinyTrie) => Object.entries(edges);
  for (const open = [root]; open.length > 0; ) {
    const node = open.shift() as TinyTrie;
    nodes.push({ node, at: length });
    length += 2 + (node.symbol?.length ?? 0);
    for (const [text, child] of edgesOf(node)) {
      length += text.length + 1 + 3;
      open.push(child);
    }
  }
  const placeOf = new Map(nodes.map(({ node, at }) => [node, at]));
  return Buffer.from(
    nodes.flatMap(({ node }) => [
      node.symbol?.length ?? 0,
      ...(node.symbol ?? []),
      edgesOf(node).length,
      ...edgesOf(node).flatMap(([text, child]) => {
        const at = placeOf.get(child) ?? 0;
        return [...Buffer.from(`${text}\0`), (at & 127) | 128, ((at >> 7) & 127) | 128, at >> 14];
      }),
    ]),
  );
}
