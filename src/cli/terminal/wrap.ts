import { cleaned } from '../../text/printable.js';
import { padded, widthOf } from './width.js';

/** The width that help and legends fit. */
export const WIDTH = 80;

/** Returns a term and its text, both cleaned. The text starts in the given column and is wrapped there. */
export function twoColumns(term: string, text: string, column = 26): string {
  const lines = wrap(cleaned(text), WIDTH - column);
  const first = `  ${cleaned(term)}`;
  const head = widthOf(first) + 2 > column ? [first] : [padded(first, column) + (lines.shift() ?? '')];
  return [...head, ...lines.map((line) => ' '.repeat(column) + line)].join('\n');
}

/** Returns lines of at most `width` columns. A wider word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  let filled = 0;
  for (const word of text.split(' ')) {
    const wide = widthOf(word);
    if (line && filled + 1 + wide > width) {
      lines.push(line);
      [line, filled] = [word, wide];
    } else {
      [line, filled] = line ? [`${line} ${word}`, filled + 1 + wide] : [word, wide];
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
