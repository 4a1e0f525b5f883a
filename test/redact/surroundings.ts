/** Where a secret can stand: what writes a text there, and what it makes of its characters. */
export interface Surroundings {
  name: string;
  line(text: string): string;
  /** How the characters of the text are written; as they are by default. */
  write?(text: string): string;
  /** The line is JSON. */
  json?: boolean;
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);
const ascii = (text: string) =>
  text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
const inXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const twice = (text: string) => inJson(inJson(text));
const byNumber = (text: string) => inJson(text).replaceAll('\\"', '\\u0022');
const TIME = '2026-01-02T03:04:05Z';

export const SURROUNDINGS: Surroundings[] = [
  { name: 'alone', line: (text) => text },
  { name: 'in words', line: (text) => `${TIME} INFO it was ${text} that came` },
  { name: 'at the start', line: (text) => `${text} came` },
  { name: 'at the end', line: (text) => `${TIME} INFO got ${text}` },
  { name: 'behind syslog', line: (text) => `<34>1 ${TIME} host app[123]: ${text}` },
  {
    name: 'JSON',
    line: (text) => JSON.stringify({ level: 'info', msg: text, user: 'bob' }),
    write: inJson,
    json: true,
  },
  {
    name: 'JSON in JSON',
    line: (text) => JSON.stringify({ log: JSON.stringify({ msg: text, n: 1 }), user: 'bob' }),
    write: twice,
    json: true,
  },
  {
    name: 'JSON in JSON in JSON',
    line: (text) => JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ msg: text }), n: [1] }), user: 'bob' }),
    write: (text) => inJson(twice(text)),
    json: true,
  },
  { name: 'an array', line: (text) => JSON.stringify({ list: ['a', text, 'b'] }), write: inJson, json: true },
  { name: 'an object in an array', line: (text) => JSON.stringify([{ at: text }, 5, null]), write: inJson, json: true },
  ...['\n', '\t', '\r\n', '\b', '"', '\\', 'é', '😀', '\u001b[32m', '=', '/'].map(
    (before): Surroundings => ({
      name: `JSON behind ${JSON.stringify(before)}`,
      line: (text) => ascii(JSON.stringify({ msg: `x ${before}${text}`, user: 'bob' })),
      write: (text) => ascii(inJson(text)),
      json: true,
    }),
  ),
  {
    name: 'JSON with \\u0022',
    line: (text) => `{"msg":"${byNumber(text)}","user":"bob"}`,
    write: byNumber,
    json: true,
  },
  {
    name: 'JSON before %5C',
    line: (text) => JSON.stringify({ msg: `${text}%5C`, user: 'bob' }),
    write: inJson,
    json: true,
  },
  {
    name: 'JSON in JSON behind \\n',
    line: (text) => JSON.stringify({ log: JSON.stringify({ msg: `x\n${text}\n` }) }),
    write: twice,
    json: true,
  },
  { name: 'logfmt', line: (text) => `level=info msg=${JSON.stringify(text)} user=bob`, write: inJson },
  { name: 'double quotes', line: (text) => `it said ${JSON.stringify(text)}, twice`, write: inJson },
  { name: 'a query', line: (text) => `GET /a?x=${encodeURIComponent(text)}&y=1 HTTP/1.1`, write: encodeURIComponent },
  { name: 'a path', line: (text) => `GET /a/${encodeURIComponent(text)}/b HTTP/1.1`, write: encodeURIComponent },
  {
    name: 'a query in JSON',
    line: (text) => JSON.stringify({ url: `/a?x=${encodeURIComponent(text)}&y=1` }),
    write: encodeURIComponent,
    json: true,
  },
  {
    name: 'percent signs twice',
    line: (text) => `/a?x=${encodeURIComponent(encodeURIComponent(text))}&y=1`,
    write: (text) => encodeURIComponent(encodeURIComponent(text)),
  },
  { name: 'colour', line: (text) => `\x1b[32m${text}\x1b[0m came` },
  { name: 'colour of 24 bits', line: (text) => `x\x1b[38;2;1;2;3m${text}\x1b[39m` },
  { name: 'a title', line: (text) => `\x1b]0;${text}\x07x` },
  { name: 'a link', line: (text) => `\x1b]8;;x\x1b\\${text}\x1b]8;;\x1b\\ y` },
  ...['\\x1b', '\\033', '\\e', '^[', '#033', '\\u001b', '%1B'].map(
    (start): Surroundings => ({
      name: `colour by ${start}`,
      line: (text) => `${start}[31m${text}${start}[0m came`,
    }),
  ),
  { name: 'colour without its escape', line: (text) => `[31m${text} came` },
  { name: 'tabs', line: (text) => `a\t${text}\tb` },
  { name: 'square brackets', line: (text) => `a [${text}] b` },
  { name: 'round brackets', line: (text) => `a (${text}) b` },
  { name: 'angle brackets', line: (text) => `a <${text}> b` },
  { name: 'CSV', line: (text) => `1,"${text.replaceAll('"', '""')}",b`, write: (text) => text.replaceAll('"', '""') },
  { name: 'an attribute', line: (text) => `<a b="${inXml(text)}" c="d"/>`, write: inXml },
  { name: 'an element', line: (text) => `<a>${inXml(text)}</a>`, write: inXml },
  { name: 'behind a comma', line: (text) => `a=1,${text},b=2` },
  { name: 'behind a name', line: (text) => `at=${text} b=2` },
  { name: 'behind é', line: (text) => `é${text} b=2` },
];
