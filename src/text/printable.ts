/**
 * Characters that control a terminal, change the direction of text or are invisible: control characters (C0, DEL, C1),
 * line and paragraph separators, lone surrogates, and Unicode's default ignorable characters, which include bidi
 * controls and tags. Joiners and variation selectors are allowed, because some scripts and emoji need them.
 *
 * A function, because V8 takes half a millisecond for the tables of Unicode, and few starts of the command need them.
 */
const unprintable = () =>
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufff9-\ufffb]|(?!\u200c|\u200d|[\ufe00-\ufe0f\u{e0100}-\u{e01ef}])\p{Default_Ignorable_Code_Point}/gu;

const MAX_TEXT = 8192;

/**
 * Returns text from a plugin, a file or a caller as one line of at most 8192 characters: line ends and tabs become
 * spaces, unprintable characters are escaped. Every message, hint, log line and table cell passes through here.
 */
export function cleaned(text: string): string {
  // A fast path for plain text: a table of symbols has very many cells.
  if (text.length <= MAX_TEXT && /^[\x20-\x7e]*$/.test(text)) return text.trimEnd();
  const [first = '', ...more] = (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text).trimEnd().split('\n');
  const line = [first.trimEnd(), ...more.map((one) => one.trim()).filter(Boolean)].join(' ');
  return line.replaceAll('\t', ' ').replace(unprintable(), escapeOf);
}

/** Returns text of any length with unprintable characters escaped. Newlines and tabs stay. */
export function printable(text: string): string {
  if (/^[\x20-\x7e\n\t]*$/.test(text)) return text;
  return text.replace(unprintable(), (character) => (/[\n\t]/.test(character) ? character : escapeOf(character)));
}

/** Returns JSON equivalent to that of JSON.stringify, with unprintable characters escaped. */
export function jsonText(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, undefined, indent);
  if (/^[\x20-\x7e\n]*$/.test(json)) return json;
  const unitsOf = (character: string) =>
    Array.from({ length: character.length }, (_, i) => hex(character.charCodeAt(i)));
  // JSON escapes newlines in strings, so a remaining newline belongs to the layout.
  return json.replace(unprintable(), (character) =>
    character === '\n' ? character : `\\u${unitsOf(character).join('\\u')}`,
  );
}

/** Returns the escape that JavaScript uses: `\x1b`, `\u202e`, `\u{e0041}`. */
function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // The character stands for a byte of a file name that is not UTF-8: see file-name.ts.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(code - 0xdc00, 2)}`;
  if (code < 0x100) return `\\x${hex(code, 2)}`;
  return code > 0xffff ? `\\u{${hex(code)}}` : `\\u${hex(code)}`;
}

const hex = (code: number, digits = 4) => code.toString(16).padStart(digits, '0');
