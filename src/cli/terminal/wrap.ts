import { cleaned } from '../../text/printable.js';

/** The width that help and legends fit. */
export const WIDTH = 80;

/** Returns a term and its text, both cleaned. The text starts in the given column and is wrapped there. */
export function twoColumns(term: string, text: string, column = 26): string {
  const lines = wrap(cleaned(text), WIDTH - column);
  const first = `  ${cleaned(term)}`;
  const head = first.length + 2 > column ? [first] : [first.padEnd(column) + (lines.shift() ?? '')];
  return [...head, ...lines.map((line) => ' '.repeat(column) + line)].join('\n');
}

/** Returns lines of at most `width` characters. A longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return line ? [...lines, line] : lines;
}

/** Returns paragraphs, which empty lines separate, wrapped and indented. Keeps lines that start with a space. */
export function paragraphs(text: string, indent = 0): string {
  const margin = ' '.repeat(indent);
  return text
    .split('\n\n')
    .map((paragraph) =>
      paragraph
        .split('\n')
        .flatMap((line) => (line.startsWith(' ') ? [line] : wrap(line, WIDTH - indent)))
        .map((line) => margin + line)
        .join('\n'),
    )
    .join('\n\n');
}
