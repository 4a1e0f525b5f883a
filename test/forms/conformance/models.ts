/*
 * What the plugins of entries.ts do, in a naive way. A line is a text of bytes (latin1), without its newline.
 */

/** Returns a line as plugins see it that get text. */
const seenAsText = (line: string): string => Buffer.from(Buffer.from(line, 'latin1').toString()).toString('latin1');

export const keeps = (line: string): boolean => line.includes('ab');

export function masked(line: string, asText: boolean): string {
  // A line that stays keeps its bytes.
  if (!/[0-9]/.test(line)) return line;
  return (asText ? seenAsText(line) : line).replace(/[0-9]+/g, '#');
}

export const quoted = (line: string, asText: boolean): string => `> ${asText ? seenAsText(line) : line}\n`;
