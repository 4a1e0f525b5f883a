import { join } from 'node:path';
import { compile, makeScratch, noCompiler } from '../../helpers/compile.js';
import { documented, goPlugin, pythonPlugin } from '../../remote/peers/plugins.js';
import { noHttp, noPython, servers } from '../servers/servers.js';
import { builtin, type Entry, entry, library, own, program, rules, script, server, wasm } from './make.js';

/*
 * Small plugins in every form: filters that keep lines with the text "ab", transforms that put one # in the place of each
 * run of digits, and exporters that write "> " before each line. A form is added by a row in each table that it can be in.
 */

const BYTES = { lines: 'bytes' };

const scratch = makeScratch();
const serve = servers(scratch);
const SERVERS = {
  contains: await server('Node', noHttp, () => serve.contains(join(scratch, 'contains.sock')), { text: 'ab' }),
  mask: await server('Python', noPython, () => serve.mask()),
  quote: await server('Node', noHttp, () => serve.node('quote', own('small-server.mjs'), join(scratch, 'quote.sock'))),
};

/** Keep the lines that contain "ab". */
export const FILTERS: Entry[] = [
  library('library in C', 'contains', { text: 'ab' }),
  library('library in Rust', 'regex', { pattern: 'ab' }),
  builtin('contains', { text: 'ab' }),
  rules('rules, a text', 'text', { keep: { text: 'ab' } }),
  rules('rules, a pattern', 'pattern', { keep: { regex: 'ab' } }),
  rules('rules, nested', 'nested', { keep: { not: { not: { text: 'ab' } } } }),
  script('script', 'plain', "export default () => ({ filter: (line) => line.includes('ab') });"),
  script(
    'script with a literal',
    'hinted',
    "export const literals = ['ab'];\nexport default () => ({ filter: (line) => line.includes('ab') });",
  ),
  script(
    'script for bytes, in TypeScript',
    'bytes',
    `export default () => ({
  filter: (line: Uint8Array) => {
    let at = line.indexOf(97);
    while (at >= 0 && line[at + 1] !== 98) at = line.indexOf(97, at + 1);
    return at >= 0;
  },
});`,
    BYTES,
  ),
  wasm('contains', ['plugins-c/contains/contains.c', 'native/search/finder.c'], { text: 'ab' }),
  program('Go', 'contains', goPlugin('contains', documented('go')), { text: 'ab' }),
  program('Python', 'contains', pythonPlugin('contains', documented('py')), { text: 'ab' }),
  SERVERS.contains,
];

const SMALL = {
  c: noCompiler
    ? entry('library in C', '', { lacks: noCompiler })
    : entry('library in C', compile(scratch, 'small', own('small.c'))),
  wasm: wasm('small', [own('small.c')]),
  go: program('Go', 'small', goPlugin('small', own('small.go'))),
  python: program('Python', 'small', pythonPlugin('small', own('small.py'))),
};

/** Put one # in the place of each run of digits. */
export const TRANSFORMS: Entry[] = [
  SMALL.c,
  rules('rules', 'mask', { replace: [{ regex: '[0-9]+', with: '#' }] }),
  script('script', 'mask', "export default () => ({ transform: (line) => line.replace(/[0-9]+/g, '#') });"),
  script(
    'script for bytes, in TypeScript',
    'mask-bytes',
    `const DIGITS = [48, 49, 50, 51, 52, 53, 54, 55, 56, 57];
const nextDigit = (line: Uint8Array, from: number) =>
  Math.min(...DIGITS.map((digit) => line.indexOf(digit, from)).map((at) => (at < 0 ? line.length : at)));
export default () => ({
  transform: (line: Uint8Array) => {
    const made = new Uint8Array(line.length);
    let [size, at] = [0, 0];
    for (let next = nextDigit(line, 0); next < line.length; next = nextDigit(line, at)) {
      made.set(line.subarray(at, next), size);
      size += next - at;
      made[size++] = 35;
      for (at = next; DIGITS.includes(line[at]!); at++);
    }
    made.set(line.subarray(at), size);
    return made.subarray(0, size + line.length - at);
  },
});`,
    BYTES,
  ),
  SMALL.wasm,
  SMALL.go,
  SMALL.python,
  SERVERS.mask,
];

/** Write `[`, then each line after `> `, then `]`, each on a line of its own. */
export const EXPORTERS: Entry[] = [
  SMALL.c,
  script(
    'script',
    'quote',
    `export default () => ({
  exporter: { begin: () => '[\\n', write: (lines) => lines.map((line) => \`> \${line}\\n\`).join(''), end: () => ']\\n' },
});`,
  ),
  script(
    'script for bytes, in TypeScript',
    'quote-bytes',
    `const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const joined = (parts: Uint8Array[]) => {
  const made = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) made.set(part, (at += part.length) - part.length);
  return made;
};
export default () => ({
  exporter: {
    begin: () => ascii('[\\n'),
    write: (lines: Uint8Array[]) => joined(lines.flatMap((line) => [ascii('> '), line, ascii('\\n')])),
    end: () => ']\\n',
  },
});`,
    BYTES,
  ),
  SMALL.wasm,
  SMALL.go,
  SMALL.python,
  SERVERS.quote,
];

const scriptOf = (part: string) => `export default () => ({ ${part} });`;

/** Keep the rows whose column `line` contains "ab". */
export const ROW_FILTERS: Entry[] = [
  noCompiler
    ? entry('library in C', '', { lacks: noCompiler })
    : entry('library in C', compile(scratch, 'rows', own('rows.c'))),
  library('library in Rust', 'where', { expr: "line ~ 'ab'" }),
  rules('rules about a column', 'column', { keep: { field: 'line', text: 'ab' } }),
  rules('rules about a column and the line', 'both', {
    keep: { all: [{ field: 'line', regex: 'a' }, { field: 'length', above: 1 }, { text: 'ab' }] },
  }),
  script(
    'script',
    'rows',
    scriptOf("rowFilter: { columns: { line: 'text' }, keep: (row) => row.line.includes('ab') }"),
  ),
  script(
    'script for bytes, in TypeScript',
    'rows-bytes',
    `export default () => ({
  rowFilter: {
    columns: { line: 'text' },
    keep: ({ line }: { line: Uint8Array }): boolean => {
      let at = line.indexOf(97);
      while (at >= 0 && line[at + 1] !== 98) at = line.indexOf(97, at + 1);
      return at >= 0;
    },
  },
});`,
    BYTES,
  ),
];

/** Count rows. */
export const AGGREGATORS: Entry[] = [
  library('library in C', 'count', {}),
  builtin('count'),
  script(
    'script',
    'counts',
    scriptOf(`aggregator: {
  outputs: { count: 'integer' },
  create: () => 0,
  add: (count) => count + 1,
  merge: (a, b) => a + b,
  finish: (count) => ({ count }),
}`),
  ),
  script(
    'script in TypeScript',
    'counts-typed',
    `interface State { count: number }
export default () => ({
  aggregator: {
    columns: { length: 'integer' },
    outputs: { count: 'integer' },
    create: (): State => ({ count: 0 }),
    add(state: State, row: { length: number }) {
      if (row.length >= 0) state.count++;
    },
    merge(a: State, b: State) {
      a.count += b.count;
    },
    finish: (state: State): State => state,
  },
});`,
  ),
];

/** Plugins of plughost whose sources make several forms. The first entry of each row is what the others are compared with. */
export const FROM_ONE_SOURCE: [flag: string, first: Entry, ...others: Entry[]][] = [
  ['--transform', library('library in C', 'redact', {}), builtin('redact')],
  ['--export', library('library in C', 'jsonl', {}), builtin('jsonl')],
];
