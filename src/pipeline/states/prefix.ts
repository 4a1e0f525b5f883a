import { readSync } from 'node:fs';
import { InputError, reasonOf, UsageError } from '../../errors/index.js';
import { bytesOf, nameOf } from '../../files/file-name.js';
import { readHeader } from './check-header.js';
import type { Range } from './coverage.js';
import { canonicalJson, type StateHeader } from './header.js';

/*
 * A file of states begins with: PLGSTATE; the format, 1, in 16 bits; 16 bits of 0; the length of the header in 32 bits; the
 * header, as JSON with sorted keys and without spaces; the length of the coverage in 32 bits; the coverage. This is for each
 * range of it the length of the input's name in 32 bits, the name, begin and end in 64 bits each. All numbers are
 * little-endian. What follows is in native/engine/rows/states/state_format.hpp.
 */

const MAGIC = 'PLGSTATE';
const FORMAT = 1;
const HEAD = 16;
const MAX_HEADER = 1 << 20;
const MAX_COVERAGE = 64 << 20;

/** The beginning of a file of states. */
export interface Prefix {
  header: StateHeader;
  /** The bytes of files that were read, joined; empty if the input was a stream. */
  coverage: Range[];
  bytes: Buffer;
}

/**
 * Returns the bytes of a prefix.
 * @throws UsageError when a header or the names of inputs take more bytes than readers of states allow
 */
export function prefixOf(header: StateHeader, coverage: readonly Range[]): Buffer {
  const text = Buffer.from(canonicalJson(header));
  if (text.length > MAX_HEADER) {
    throw new UsageError(
      `states: the options of plugins take ${text.length} bytes, and there is room for ${MAX_HEADER}`,
      {
        hint: 'options are part of states: shorten the longest, such as a condition with a long list',
      },
    );
  }
  const head = Buffer.alloc(HEAD);
  head.write(MAGIC, 'latin1');
  head.writeUInt16LE(FORMAT, 8);
  head.writeUInt32LE(text.length, 12);
  const ranges = Buffer.concat(coverage.flatMap(rangeBytes));
  if (ranges.length > MAX_COVERAGE) {
    throw new UsageError(
      `states: the names of inputs take ${ranges.length} bytes, and there is room for ${MAX_COVERAGE}`,
      {
        hint: 'shorter names take less, such as those of a mount with a short path; or make states of fewer inputs',
      },
    );
  }
  const size = Buffer.alloc(4);
  size.writeUInt32LE(ranges.length);
  return Buffer.concat([head, text, size, ranges]);
}

function rangeBytes({ name, begin, end }: Range): Buffer[] {
  const bytes = bytesOf(name);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64LE(BigInt(begin), 0);
  numbers.writeBigUInt64LE(BigInt(end), 8);
  return [size, bytes, numbers];
}

/** Returns whether bytes are the beginning of a file of states. */
export const isPrefix = (bytes: Buffer): boolean => bytes.toString('latin1', 0, MAGIC.length) === MAGIC;

/**
 * Reads the prefix from the position of a descriptor on, and not a byte more.
 * @throws InputError when the file cannot be read, or is none of states
 */
export function readPrefix(fd: number, name: string): Prefix {
  const refuse = (reason: string): never => {
    throw new InputError(name, 'read the states', reason);
  };
  const damaged = () => refuse('it is damaged: its beginning is not that of a file of states');
  const read = (size: number) => readWhole(fd, name, size) ?? refuse('it is damaged: it ends too early');
  const head = readWhole(fd, name, HEAD);
  if (!head || !isPrefix(head)) return refuse('it is not a file of states');
  if (head.readUInt16LE(8) !== FORMAT) return refuse(`it has the format ${head.readUInt16LE(8)}, and not ${FORMAT}`);
  const length = head.readUInt32LE(12);
  if (head.readUInt16LE(10) !== 0 || length > MAX_HEADER) return damaged();
  const text = read(length);
  const header = readHeader(text.toString());
  if (!header || !Buffer.from(canonicalJson(header)).equals(text)) return damaged();
  const size = read(4);
  if (size.readUInt32LE() > MAX_COVERAGE) return damaged();
  const ranges = read(size.readUInt32LE());
  const coverage = rangesOf(ranges) ?? damaged();
  return { header, coverage, bytes: Buffer.concat([head, text, size, ranges]) };
}

/** Returns the ranges in bytes, or undefined if they are not sorted and joined. */
function rangesOf(bytes: Buffer): Range[] | undefined {
  const ranges: Range[] = [];
  let last: { name: Buffer; end: number } | undefined;
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < 4) return undefined;
    const size = bytes.readUInt32LE(at);
    if (bytes.length - at - 4 < size + 16) return undefined;
    const name = bytes.subarray(at + 4, at + 4 + size);
    const begin = Number(bytes.readBigUInt64LE(at + 4 + size));
    const end = Number(bytes.readBigUInt64LE(at + 12 + size));
    if (!Number.isSafeInteger(end) || begin >= end || size === 0) return undefined;
    const order = last ? Buffer.compare(last.name, name) : -1;
    if (order > 0 || (order === 0 && last && last.end >= begin)) return undefined;
    ranges.push({ name: nameOf(name), begin, end });
    last = { name, end };
    at += 20 + size;
  }
  return ranges;
}

/** Reads so many bytes, also from a pipe. Returns undefined if there are fewer. */
function readWhole(fd: number, name: string, size: number): Buffer | undefined {
  const parts: Buffer[] = [];
  try {
    // In pieces, so that a damaged length takes no memory.
    for (let left = size; left > 0; ) {
      const part = Buffer.alloc(Math.min(left, 1 << 20));
      const got = readSync(fd, part, 0, part.length, null);
      if (got === 0) return undefined;
      parts.push(part.subarray(0, got));
      left -= got;
    }
  } catch (cause) {
    throw new InputError(name, 'read the states', reasonOf(cause), { cause });
  }
  return Buffer.concat(parts);
}
