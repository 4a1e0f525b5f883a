import type { FileBytes } from '../file-bytes.js';
import { FormatError } from '../inspection.js';
import type { Layout } from '../layout.js';
import type { Names } from '../names.js';

// Numbers are those of the System V ABI, "Program Loading and Dynamic Linking".
export const PT_LOAD = 1;

export interface Segment {
  type: number;
  executable: boolean;
  writable: boolean;
  offset: number;
  address: number;
  fileSize: number;
  /** Bytes in memory; what the file does not give is zero. */
  memorySize: number;
}

/** The parts of an ELF file that the dynamic loader would look at. */
export interface Image {
  file: FileBytes;
  layout: Layout;
  segments: readonly Segment[];
  /** The dynamic section; of a tag that stands there several times, the last. */
  tags: ReadonlyMap<number, number>;
  /** The tags NEEDED, in order: where their names stand. */
  needed: readonly number[];
  /** The names of symbols and of needed libraries. */
  names: Names | undefined;
}

/** The segment that holds all of an address range of the loaded library, if its bytes come from the file. */
export function segmentAt({ segments }: Pick<Image, 'segments'>, address: number, length: number): Segment | undefined {
  return segments.find((segment) => {
    const inside = address - segment.address;
    return segment.type === PT_LOAD && inside >= 0 && inside + length <= segment.fileSize;
  });
}

/** Reads by the address that the bytes have, relative to the library's start, once it is loaded. */
export function readAt(image: Pick<Image, 'file' | 'segments'>, address: number, length: number): Buffer {
  const segment = segmentAt(image, address, length);
  if (!segment) throw new FormatError('is damaged: its headers point outside of its segments');
  return image.file.read(segment.offset + (address - segment.address), length);
}

/** As `readAt`, but less when the segment ends before. */
export function readUpTo(image: Image, address: number, most: number): Buffer {
  const segment = segmentAt(image, address, 0);
  return readAt(image, address, segment ? Math.min(most, segment.address + segment.fileSize - address) : most);
}
