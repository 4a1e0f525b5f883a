import type { FileBytes } from '../file-bytes.js';
import { FormatError } from '../inspection.js';
import type { Layout } from '../layout.js';
import type { Names } from '../names.js';

// The numbers are from the System V ABI, "Program Loading and Dynamic Linking".
export const PT_LOAD = 1;

export interface Segment {
  type: number;
  executable: boolean;
  writable: boolean;
  offset: number;
  address: number;
  fileSize: number;
  /** Bytes in memory. Those after `fileSize` are zero. */
  memorySize: number;
}

/** The parts of an ELF file that the dynamic loader reads. */
export interface Image {
  file: FileBytes;
  layout: Layout;
  segments: readonly Segment[];
  /** The dynamic section: value by tag. Of a repeated tag, the last value. */
  tags: ReadonlyMap<number, number>;
  /** The values of the NEEDED tags, in order: offsets into `names`. */
  needed: readonly number[];
  /** The names of symbols and of needed libraries. */
  names: Names | undefined;
}

/** Returns the segment that contains an address range, if all of its bytes are in the file. */
export function segmentAt({ segments }: Pick<Image, 'segments'>, address: number, length: number): Segment | undefined {
  return segments.find((segment) => {
    const inside = address - segment.address;
    return segment.type === PT_LOAD && inside >= 0 && inside + length <= segment.fileSize;
  });
}

/** Reads bytes by their address in the loaded library. @throws FormatError outside of segments */
export function readAt(image: Pick<Image, 'file' | 'segments'>, address: number, length: number): Buffer {
  const segment = segmentAt(image, address, length);
  if (!segment) throw new FormatError('is damaged: its headers point outside of its segments');
  return image.file.read(segment.offset + (address - segment.address), length);
}

/** As `readAt`, but reads fewer bytes at the end of the segment. */
export function readUpTo(image: Image, address: number, most: number): Buffer {
  const segment = segmentAt(image, address, 0);
  return readAt(image, address, segment ? Math.min(most, segment.address + segment.fileSize - address) : most);
}
