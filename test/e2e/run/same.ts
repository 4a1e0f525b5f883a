import { expect } from 'vitest';

/** Fails unless the bytes are the same. Shows the first line that differs. */
export function expectSame(actual: Buffer | undefined, expected: Buffer, what: string): void {
  if (actual?.equals(expected)) return;
  const [ours, theirs] = [actual, expected].map((bytes) => bytes?.toString('latin1').split('\n') ?? []);
  const line = ours?.findIndex((text, index) => text !== theirs?.[index]) ?? 0;
  expect({ what, line, text: ours?.[line] }).toEqual({ what, line, text: theirs?.[line] });
  expect({ what, lines: ours?.length }).toEqual({ what, lines: theirs?.length });
}
