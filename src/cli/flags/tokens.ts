import type { Flag } from './flag.js';

/** A part of a command line: an operand, or a flag as it is spelled (`rawName`) with its name in the table. */
export type Token =
  | { kind: 'operand'; value: string }
  | { kind: 'flag'; name: string; rawName: string; value: string | undefined };

/**
 * Splits a command line by the conventions of POSIX and GNU: `--name`, `--name=value`, `--name value`, `-n`, `-nvalue`,
 * `-n value`, several letters in one word, and operands only after `--`. A flag that takes a value takes whatever
 * follows. The name of an unknown flag is what is written.
 *
 * `parseArgs` of node:util does the same, but loading it takes a tenth of what `plughost load` takes beside Node's start.
 */
export function tokensOf(table: readonly Flag[], args: readonly string[]): Token[] {
  const byName = new Map(table.map((flag) => [flag.name, flag]));
  const nameOf = (letter: string) => [...byName.values()].find(({ short }) => short === letter)?.name ?? letter;
  const takesValue = (name: string) => byName.get(name)?.value !== undefined;
  const tokens: Token[] = [];
  let at = 0;
  const add = (rawName: string, name: string, value?: string) => {
    const next = value === undefined && takesValue(name) ? args[at++] : value;
    tokens.push({ kind: 'flag', name, rawName, value: next });
  };
  const addLetters = (letters: string) => {
    for (let i = 0; i < letters.length; i++) {
      const letter = letters.charAt(i);
      const name = nameOf(letter);
      const rest = letters.slice(i + 1);
      add(`-${letter}`, name, takesValue(name) && rest !== '' ? rest : undefined);
      if (takesValue(name)) return;
    }
  };
  while (at < args.length) {
    const word = args[at++] ?? '';
    if (word === '--') break;
    const equals = word.indexOf('=', 3);
    if (!word.startsWith('-') || word === '-') tokens.push({ kind: 'operand', value: word });
    else if (!word.startsWith('--')) addLetters(word.slice(1));
    else if (equals < 0) add(word, word.slice(2));
    else add(word.slice(0, equals), word.slice(2, equals), word.slice(equals + 1));
  }
  for (const value of args.slice(at)) tokens.push({ kind: 'operand', value });
  return tokens;
}
