export interface TinySymbol {
  name: string;
  /** STT_*; by default a function. */
  type?: number;
  /** STB_*; by default global. */
  binding?: number;
  /** STV_*; by default default. */
  visibility?: number;
  /** The section; 0 for an undefined symbol. */
  section?: number;
  offset?: number;
  size?: number;
}

export interface TinyElf {
  bits?: 32 | 64;
  endian?: 'little' | 'big';
  machine?: number;
  type?: number;
  symbols?: TinySymbol[];
  /** Bytes to map at the address `payloadAt`. */
  payload?: Uint8Array;
  /** The hash table has numbers of 64 bits, as GNU's linker writes it for s390x. */
  wideHash?: boolean;
  /** Changes numbers before the file is written: of a dynamic tag by its number, of a header field by its name. */
  lie?: Record<string, number>;
}

/** The address of the payload in every tiny ELF, after the headers and tables. */
export const payloadAt = 0x1000;

/** Returns a shared library with only what the dynamic loader needs for its symbols: no code, no section headers. */
export function tinyElf({
  bits = 64,
  endian = 'little',
  machine = 62,
  type = 3,
  symbols = [],
  payload = new Uint8Array(),
  wideHash = false,
  lie = {},
}: TinyElf = {}): Buffer {
  const wide = bits === 64;
  const file = Buffer.alloc(payloadAt + payload.length);
  const put = (at: number, size: number, value: number) => {
    for (let i = 0; i < size; i++) {
      const shift = endian === 'little' ? i : size - 1 - i;
      file[at + i] = Math.floor(value / 2 ** (8 * shift)) % 256;
    }
  };
  const word = wide ? 8 : 4;
  const [headerSize, segmentSize, symbolSize] = wide ? [64, 56, 24] : [52, 32, 16];

  let names = '\0';
  const nameAt = symbols.map(({ name }) => {
    const at = names.length;
    names += `${name}\0`;
    return at;
  });
  const dynamicAt = headerSize + 2 * segmentSize;
  const hashAt = dynamicAt + 6 * 2 * word;
  const hashWord = wideHash ? 8 : 4;
  const symbolsAt = hashAt + 4 * hashWord;
  const namesAt = symbolsAt + (symbols.length + 1) * symbolSize;

  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, endian === 'little' ? 1 : 2, 1]);
  put(16, 2, type);
  put(18, 2, machine);
  put(20, 4, 1);
  put(wide ? 32 : 28, word, lie.phoff ?? headerSize);
  put(wide ? 54 : 42, 2, lie.phentsize ?? segmentSize);
  put(wide ? 56 : 44, 2, lie.phnum ?? 2);

  const segment = (at: number, kind: number, offset: number, size: number) => {
    put(at, 4, kind);
    put(at + (wide ? 8 : 4), word, offset);
    put(at + (wide ? 16 : 8), word, offset);
    put(at + (wide ? 32 : 16), word, size);
  };
  segment(headerSize, 1, 0, lie.load ?? file.length);
  segment(headerSize + segmentSize, 2, dynamicAt, lie.dynamic ?? 6 * 2 * word);

  const tags = { 4: hashAt, 5: namesAt, 6: symbolsAt, 10: names.length, 11: symbolSize, 0: 0 };
  [4, 5, 6, 10, 11, 0].forEach((tag, i) => {
    put(dynamicAt + i * 2 * word, word, tag);
    put(dynamicAt + (i * 2 + 1) * word, word, lie[tag] ?? tags[tag as keyof typeof tags]);
  });
  put(hashAt, hashWord, 1);
  put(hashAt + hashWord, hashWord, lie.symbols ?? symbols.length + 1);

  symbols.forEach(({ type = 2, binding = 1, visibility = 0, section = 1, offset = 0, size = 0 }, i) => {
    const at = symbolsAt + (i + 1) * symbolSize;
    put(at, 4, lie.name ?? (nameAt[i] as number));
    put(at + (wide ? 4 : 12), 1, binding * 16 + type);
    put(at + (wide ? 5 : 13), 1, visibility);
    put(at + (wide ? 6 : 14), 2, section);
    put(at + (wide ? 8 : 4), word, offset);
    put(at + (wide ? 16 : 8), word, size);
  });
  file.write(names, namesAt, 'latin1');
  file.set(payload, payloadAt);
  return file;
}
