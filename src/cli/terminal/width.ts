import stringWidth from 'string-width';

/** Returns how many columns of a terminal a cleaned text takes. */
export function widthOf(text: string): number {
  // A fast path for plain text: a table of symbols has very many cells.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** Returns the text with spaces after it, up to a width. */
export const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(width - widthOf(text), 0));

/** Returns the pieces of a word that is wider than `width`. Never cuts what a reader sees as one character. */
export function folded(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  let filled = 0;
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const wide = widthOf(segment);
    if (piece && filled + wide > width) {
      pieces.push(piece);
      [piece, filled] = ['', 0];
    }
    piece += segment;
    filled += wide;
  }
  return [...pieces, piece];
}
