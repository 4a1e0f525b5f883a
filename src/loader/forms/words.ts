import { UsageError } from '../../errors/index.js';

/** A word of a command line: bare text, text in quotes, or several of these without a space between them. */
const WORD = /(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gsy;

/**
 * Splits a command line into words as a shell does, by spaces, quotes and backslashes. Nothing is expanded.
 * @param operation for messages
 * @throws UsageError for a quote that is not closed
 */
export function wordsOf(line: string, operation: string): string[] {
  const words: string[] = [];
  for (let at = 0; at < line.length; ) {
    if (/\s/.test(line.charAt(at))) {
      at++;
      continue;
    }
    WORD.lastIndex = at;
    const [word] = WORD.exec(line) ?? [];
    if (word === undefined) throw new UsageError(`${operation}: a quote or a backslash at its end is not closed`);
    words.push(unquoted(word));
    at += word.length;
  }
  return words;
}

const PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)/gs;

const unquoted = (word: string): string =>
  word.replace(PART, (_, single?: string, double?: string, escaped?: string, bare?: string) =>
    double === undefined ? (single ?? escaped ?? bare ?? '') : double.replace(/\\(.)/gs, '$1'),
  );

/** Returns a word as `wordsOf` reads it. */
export const quotedWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
