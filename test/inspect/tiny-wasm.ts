/** Returns a number in LEB128, unsigned. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))];
}

/** Returns a number in LEB128, signed. */
export function signed(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const ends = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
  return ends ? [low] : [low | 0x80, ...signed(rest)];
}

const list = (items: number[][]): number[] => [...leb(items.length), ...items.flat()];
const name = (text: string): number[] => [...leb(Buffer.byteLength(text)), ...Buffer.from(text)];
const section = (number: number, content: number[]): number[] => [number, ...leb(content.length), ...content];

/** Returns an expression for an address. */
export const at = (address: number): number[] => [0x41, ...signed(address), 0x0b];

export interface TinyWasm {
  imports?: number[][];
  /** The expression of each global of its own. */
  globals?: number[][];
  exports?: number[][];
  data?: number[][];
}

/** The parts of a tiny module, by what they are. */
export const part = {
  importedFunction: (module: string, field: string): number[] => [...name(module), ...name(field), 0, 0],
  importedGlobal: (module: string, field: string): number[] => [...name(module), ...name(field), 3, 0x7f, 0],
  importedMemory: (module: string, field: string): number[] => [...name(module), ...name(field), 2, 1, 1, 2],
  importedTable: (module: string, field: string): number[] => [...name(module), ...name(field), 1, 0x70, 0, 5],
  global: (expression: number[]): number[] => [0x7f, 0, ...expression],
  export: (field: string, kind: number, index: number): number[] => [...name(field), kind, ...leb(index)],
  data: (address: number, text: string): number[] => [0, ...at(address), ...name(text)],
  unplaced: (text: string): number[] => [1, ...name(text)],
};

/** Returns a module of these parts. Its code would not be valid, and no reader looks at it. */
export function tinyWasm({ imports = [], globals = [], exports = [], data = [] }: TinyWasm): Buffer {
  return Buffer.from([
    ...Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    ...section(0, name('a section without a number')),
    ...section(2, list(imports)),
    ...section(6, list(globals)),
    ...section(7, list(exports)),
    ...section(10, [1, 2, 3]),
    ...section(11, list(data)),
  ]);
}
