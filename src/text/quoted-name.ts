/*
 * Names of columns in lists. A name that begins with a backquote ends at the next one, so it may hold commas, colons and
 * blanks, as in conditions. Backslashes mean something only before a backquote: two stand for one, and one more puts the
 * backquote into the name.
 */

const QUOTE = '`';

/** A name that stood in backquotes, and the text after it. */
export interface Quoted {
  name: string;
  rest: string;
}

/** Reads the name in backquotes at the begin of a text. Returns undefined when there is none, or it has no end. */
export function readQuoted(text: string): Quoted | undefined {
  if (!text.startsWith(QUOTE)) return undefined;
  let name = '';
  for (let at = 1; ; ) {
    const quote = text.indexOf(QUOTE, at);
    if (quote < 0) return undefined;
    let begin = quote;
    while (begin > at && text[begin - 1] === '\\') begin--;
    const backslashes = quote - begin;
    name += text.slice(at, begin) + '\\'.repeat(Math.floor(backslashes / 2));
    at = quote + 1;
    if (backslashes % 2 === 0) return { name, rest: text.slice(at) };
    name += QUOTE;
  }
}

/** Returns a name in backquotes, as `readQuoted` and conditions read it. */
export const quoted = (name: string): string => `\`${name.replace(/\\*(?=`|$)/g, '$&$&').replaceAll('`', '\\`')}\``;

/** Splits a list at the commas outside of backquotes, and drops blanks around its items. Items keep their backquotes. */
export function splitNames(list: string): string[] {
  const items: string[] = [];
  for (let left = list; ; ) {
    left = left.trimStart();
    const sign = /^-?/.exec(left)?.[0] ?? '';
    const inQuotes = readQuoted(left.slice(sign.length));
    const from = inQuotes ? left.length - inQuotes.rest.length : 0;
    const comma = left.indexOf(',', from);
    items.push((comma < 0 ? left : left.slice(0, comma)).trimEnd());
    if (comma < 0) return items;
    left = left.slice(comma + 1);
  }
}
