/** White space and one token of JSON: a text, a number or a word, or a mark. */
const TOKEN =
  /[ \t\n\r]*(?:("[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[ !#-[\]-\uffff]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([[\]{}:,]))/y;

/** What may come next. After `[` and `{` the group may also end at once. */
type Next = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' | 'end';

/** Returns where a text stops being JSON, such as `line 2, column 7`. Node does not say it in every version. */
export function jsonErrorPlace(text: string): string {
  const groups: ('[' | '{')[] = [];
  let next: Next = 'value';
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const [token, string, scalar, mark] = TOKEN.exec(text) ?? [];
    const after: Next | undefined = token === undefined ? undefined : follow(next, string, scalar, mark, groups);
    if (token === undefined || after === undefined) break;
    at += token.length;
    next = after;
  }
  const wrong = at + (/^[ \t\n\r]*/.exec(text.slice(at))?.[0].length ?? 0);
  const lines = text.slice(0, wrong).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}

/** Takes one token. Returns what may come after it; undefined if it may not stand here. */
function follow(
  next: Next,
  string: string | undefined,
  scalar: string | undefined,
  mark: string | undefined,
  groups: ('[' | '{')[],
): Next | undefined {
  const done = (): Next => (groups.length > 0 ? 'comma' : 'end');
  const close = (group: string): Next | undefined => (groups.pop() === group ? done() : undefined);
  if (next === 'colon') return mark === ':' ? 'value' : undefined;
  if (next === 'comma' && mark === ',') return groups.at(-1) === '{' ? 'key' : 'value';
  if (next === 'comma' || next === 'first value' || next === 'first key') {
    if (mark === ']' && next !== 'first key') return close('[');
    if (mark === '}' && next !== 'first value') return close('{');
  }
  if (next === 'key' || next === 'first key') return string === undefined ? undefined : 'colon';
  if (next !== 'value' && next !== 'first value') return undefined;
  if (string !== undefined || scalar !== undefined) return done();
  if (mark !== '[' && mark !== '{') return undefined;
  groups.push(mark);
  return mark === '[' ? 'first value' : 'first key';
}
