import { isIPv6 } from 'node:net';

/**
 * What `redact` does, by regular expressions and as plainly as it can be said: each kind gives the ranges that it
 * matches, and ranges that overlap are replaced as one, named by the one that begins first. Text is bytes as latin1.
 */
export const KINDS = ['ipv4', 'ipv6', 'email', 'token', 'secret', 'card'] as const;
export type Kind = (typeof KINDS)[number];

type Range = { begin: number; end: number; kind: Kind };
type Finder = (line: string) => { begin: number; end: number }[];

/** The matches at every place where the expression (sticky) matches, also those inside of others. */
function everywhere(line: string, expression: RegExp): RegExpExecArray[] {
  const found: RegExpExecArray[] = [];
  for (let at = 0; at < line.length; at++) {
    expression.lastIndex = at;
    const match = expression.exec(line);
    if (match) found.push(match);
  }
  return found;
}

const rangeOf = (match: RegExpExecArray) => ({ begin: match.index, end: match.index + match[0].length });

const ipv4: Finder = (line) =>
  everywhere(line, /(?<![0-9A-Za-z.])\d{1,3}(?:\.\d{1,3}){3}(?![0-9A-Za-z]|\.\d)/y)
    .filter(([text]) => text.split('.').every((octet) => Number(octet) <= 255))
    .map(rangeOf);

const ipv6: Finder = (line) =>
  [...line.matchAll(/(?<![0-9A-Za-z:.])[0-9A-Fa-f:.]+(?![0-9A-Za-z:.])/g)].flatMap((match) => {
    const [, before = '', text = ''] = /^(\.*(?::(?!:))?)(.*?)(?:(?<!:):)?\.*$/.exec(match[0]) ?? [];
    const begin = match.index + before.length;
    return isIPv6(text) && /[0-9a-f]/i.test(text) ? [{ begin, end: begin + text.length }] : [];
  });

const email: Finder = (line) =>
  everywhere(line, /@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}/y).flatMap((match) => {
    const local = /[A-Za-z0-9._%+-]+$/.exec(line.slice(0, match.index))?.[0].length ?? 0;
    return local > 0 ? [{ begin: match.index - local, end: match.index + match[0].length }] : [];
  });

const token: Finder = (line) => [
  ...everywhere(line, /(?<![0-9A-Za-z])(bearer +)([A-Za-z0-9._~+/-]+)=*/iy)
    .filter(([, , text = '']) => text.length >= 20 || (text.length >= 8 && /\d/.test(text)))
    .map((match) => ({ ...rangeOf(match), begin: match.index + (match[1]?.length ?? 0) })),
  ...everywhere(line, /(?<![0-9A-Za-z])A[KS]IA[A-Z0-9]{16}(?![0-9A-Za-z])/y).map(rangeOf),
  ...everywhere(line, /(?<![0-9A-Za-z])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/y).map(rangeOf),
];

const SECRET_NAME =
  /(?:password|passwd|passphrase|pwd|secret|token|apikey|accesskey|secretkey|privatekey|credentials?|authorization)$/i;

const secret: Finder = (line) =>
  everywhere(
    line,
    /(?<![A-Za-z0-9_-])([A-Za-z0-9_-]*[A-Za-z])(?:\\*["'])?[ \t]*(?::(?!:)=?|=[=>]?)[ \t]*(?:(\\*)(["']))?(?:(?:basic|bearer|digest|token|negotiate|apikey)[ \t]+)?/iy,
  ).flatMap((match) => {
    const [whole, name = '', escapes, quote] = match;
    if (!SECRET_NAME.test(name.replaceAll(/[_-]/g, ''))) return [];
    const begin = match.index + whole.length;
    const value = !quote
      ? /^(?:[^\0-\x20"'&;,<>)\]}\\]|\\+(?![\\"']))*/
      : new RegExp(escapes ? `^[^\\\\${quote}]*` : `^(?:\\\\[^]?|[^\\\\${quote}])*`);
    const length = value.exec(line.slice(begin))?.[0].length ?? 0;
    return length > 0 ? [{ begin, end: begin + length }] : [];
  });

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((sum, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return sum + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

const card: Finder = (line) =>
  [String.raw`\d{13,19}`, ...[2, 3, 4].map((more) => String.raw`\d{4}(?=([ -]))(?:\1\d{3,6}){${more}}`)]
    .flatMap((shape) =>
      everywhere(
        line,
        new RegExp(String.raw`(?<![0-9A-Za-z._])(?<!(?:^|[^0-9A-Za-z])-)${shape}(?![0-9A-Za-z_]|\.\d)`, 'y'),
      ),
    )
    .filter(([text]) => {
      const digits = text.replaceAll(/[ -]/g, '');
      const start = Number(digits.slice(0, 4));
      const issued = /^[3-6]/.test(digits) || (start >= 2221 && start <= 2720);
      return digits.length >= 13 && digits.length <= 19 && issued && passesLuhn(digits);
    })
    .map(rangeOf);

const FINDERS: Record<Kind, Finder> = { ipv4, ipv6, email, token, secret, card };

/** The line with what was found replaced; the same line when nothing was. */
export function redactPlainly(line: string, kinds: readonly Kind[], replacement: string): string {
  const ranges: Range[] = kinds.flatMap((kind) => FINDERS[kind](line).map((range) => ({ ...range, kind })));
  ranges.sort((a, b) => a.begin - b.begin || b.end - a.end || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  let result = '';
  let done = 0;
  for (let i = 0; i < ranges.length; ) {
    const { begin, kind } = ranges[i] as Range;
    let { end } = ranges[i] as Range;
    for (i++; i < ranges.length && (ranges[i] as Range).begin < end; i++) end = Math.max(end, (ranges[i] as Range).end);
    result += line.slice(done, begin) + replacement.replaceAll('{kind}', kind);
    done = end;
  }
  return result + line.slice(done);
}
