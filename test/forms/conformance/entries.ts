import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addon } from '../../../src/addon.js';
import { builtIn } from '../../e2e/command.js';
import { compile, makeScratch, noCompiler } from '../../helpers/compile.js';
import { documented, goPlugin, type Program, pythonPlugin } from '../../remote/peers/plugins.js';
import { noHttp, noPython, type Server, servers } from '../servers/servers.js';

/*
 * Small plugins in every form: filters that keep lines with the text "ab", transforms that put one # in the place of each
 * run of digits, and exporters that write "> " before each line. A form is added by a row in each table that it can be in.
 */

export const PLACES = ['in-process', 'isolated', 'sandboxed'] as const;
export type Place = (typeof PLACES)[number];

export interface Entry {
  form: string;
  /** What a user names after --filter, and its options. */
  source: string;
  config: Record<string, string>;
  places: readonly Place[];
  /** Why this machine has no such plugin; empty if it has one. */
  lacks: string;
  /** Its functions get text, in which U+FFFD stands for bytes that are not UTF-8, and so they write that. */
  asText: boolean;
}

const scratch = makeScratch();
const own = (name: string) => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8');

/** Writes a file of the plugin and returns its path. */
const write = (name: string, content: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
};

const entry = (form: string, source: string, more: Partial<Entry> = {}): Entry => ({
  ...{ form, source, config: {}, places: PLACES, lacks: '', asText: false },
  ...more,
});

const notBuilt = (name: string) => (existsSync(builtIn(name)) ? '' : `lib${name}.so is not built`);
const library = (form: string, name: string, config: Record<string, string>): Entry =>
  entry(form, name, { config, lacks: notBuilt(name) });

const linked = addon()
  .builtin()
  .map(({ name }) => name);
const builtin = (name: string, config: Record<string, string> = {}): Entry =>
  entry('builtin', `builtin:${name}`, {
    config,
    lacks: linked.includes(name) ? '' : `${name} is not linked into this build, see -DPLUGHOST_STATIC_PLUGINS`,
  });

const rules = (form: string, name: string, body: object): Entry => {
  const head = { rules: 1, id: `org.example.${name}`, name, version: '1.0.0' };
  return entry(form, write(`${name}.rules.json`, JSON.stringify({ ...head, ...body })), { lacks: notBuilt('rules') });
};

/** @param fields more fields of the manifest */
const script = (form: string, name: string, text: string, fields: object = {}): Entry => {
  const manifest = JSON.stringify({ id: `org.example.${name}`, name, version: '1.0.0', ...fields });
  const suffix = form.includes('TypeScript') ? 'ts' : 'js';
  return entry(form, write(`${name}.${suffix}`, `/* plughost ${manifest} */\n${text}\n`), {
    lacks: notBuilt('script'),
    asText: !('lines' in fields),
  });
};
const BYTES = { lines: 'bytes' };

/** A program that speaks gRPC. */
function program(language: string, name: string, made: Program, config: Record<string, string> = {}): Entry {
  const form = `program in ${language}`;
  const places = ['isolated'] as const;
  if ('missing' in made) return entry(form, '', { config, places, lacks: made.missing });
  const words = [made.program, ...made.args].map((word) => `'${word}'`).join(' ');
  const variables = Object.entries(made.env).map(([key, value]) => `${key}='${value}'`);
  // A program gets few variables of its host.
  const wrapper = write(`${name}-${language}.sh`, `#!/bin/sh\n${variables.join(' ')} exec ${words} "$@"\n`);
  chmodSync(wrapper, 0o755);
  return entry(form, `grpc:${wrapper}`, { config, places, lacks: notBuilt('grpc') });
}

/** A server that speaks HTTP. @param why there is none, or nothing */
async function server(
  language: string,
  why: string,
  start: () => Promise<Server>,
  config: Record<string, string> = {},
) {
  const source = why ? '' : (await start()).source;
  return entry(`server in ${language}`, source, { config, places: ['isolated'], lacks: why });
}
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
  program('Go', 'contains', goPlugin('contains', documented('go')), { text: 'ab' }),
  program('Python', 'contains', pythonPlugin('contains', documented('py')), { text: 'ab' }),
  SERVERS.contains,
];

const SMALL = {
  c: noCompiler
    ? entry('library in C', '', { lacks: noCompiler })
    : entry('library in C', compile(scratch, 'small', own('small.c'))),
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
  SMALL.go,
  SMALL.python,
  SERVERS.quote,
];
