import fc from 'fast-check';
import { beginsOddly, linesOf } from './bytes.js';

export const keeps = (line: Buffer, modulus: number) => line.reduce((sum, byte) => sum + byte, 0) % modulus === 0;
export const text = (before: string, line: Buffer) => Buffer.concat([Buffer.from(before), line]);

/** Returns the lines by which the fixture's transform replaces a line. */
export function changed(line: Buffer): Buffer[] {
  switch (line.reduce((sum, byte) => sum + byte, 0) % 4) {
    case 0:
      return [line];
    case 1:
      return [];
    case 2:
      return [text('*', line)];
    default:
      return [text('1', line), Buffer.alloc(0), text('3', line)];
  }
}

/** Returns the lines of the bytes with their offsets. */
export function placedLinesOf(bytes: Buffer): { line: Buffer; offset: number }[] {
  let offset = 0;
  return linesOf(bytes).map((line) => {
    const placed = { line, offset };
    offset += line.length + 1;
    return placed;
  });
}

/** Generates bytes with many newlines and empty lines, some without a newline at the end. */
export const logs = fc
  .array(
    fc.oneof({ weight: 2, arbitrary: fc.constant(10) }, { weight: 5, arbitrary: fc.integer({ min: 0, max: 255 }) }),
    {
      maxLength: 3000,
    },
  )
  .map((bytes) => Buffer.from(bytes))
  .filter((bytes) => !beginsOddly(bytes));

export const shapes = fc.constantFrom('auto' as const, 'scan' as const, 'batch' as const, 'line' as const);
