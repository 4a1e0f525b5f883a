import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type IsolateOptions, loadPlugin, type Pipeline, run } from '../../src/index.js';
import { without } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

/*
 * Scripts that want to do harm, in the process of the host, isolated and sandboxed.
 */

const scratch = makeScratch();
let made = 0;

const MANIFEST = '/* plughost { "id": "org.example.x", "name": "x", "version": "1.0.0" } */';
const log = join(scratch, 'x.log');
writeFileSync(log, 'good\nbad\nlast\n');

/** Writes a script into a folder of its own. */
function write(text: string): string {
  const folder = join(scratch, String(made++));
  mkdirSync(folder);
  writeFileSync(join(folder, 'x.js'), text);
  return join(folder, 'x.js');
}

/** Makes a script whose default export returns this object. */
const offering = (object: string) => write(`${MANIFEST}\nexport default (_, host) => ({\n${object}\n});\n`);

const PLACES: Record<string, IsolateOptions | undefined> = {
  'in-process': undefined,
  isolated: {},
  sandboxed: { sandbox: true },
};

/** Runs the log through the first kind that a script offers. Returns what happened, and what was written. */
async function outcome(script: string, isolate: IsolateOptions | undefined, signal?: AbortSignal) {
  try {
    using plugin = loadPlugin(script, { isolate });
    const kind = (['filter', 'transform'] as const).find((one) => plugin[one]);
    const pipeline: Pipeline = kind === undefined ? { exporter: plugin } : { stages: [{ [kind]: plugin } as never] };
    const { kept, faults } = await run([log], pipeline, { signal });
    return { kept, faults: faults.map(({ message }) => message) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code, message };
  }
}

const filter = (body: string) => `filter(line) {\nif (line === 'bad') { ${body} }\nreturn true; }`;
const transform = (body: string) => `transform(line) {\nif (line === 'bad') { ${body} }\nreturn line; }`;

/** What fails, and the place and the words of the error. */
const FAILING: [attack: string, object: string, message: RegExp][] = [
  [
    'memory',
    filter("for (const held = []; ; ) held.push('x'.repeat(1e6) + held.length);"),
    /x\.js:4:\d+: out of memory: a script may use 64 MiB/,
  ],
  ['the memory of arrays', filter('new Uint8Array(2 ** 30);'), /x\.js:4:\d+: out of memory: a script may use 64 MiB/],
  ['recursion', filter('const f = () => f() + 1; f();'), /x\.js:4:\d+: Maximum call stack size exceeded/],
  ['a throw', filter("throw new TypeError('no');"), /x\.js:4:\d+: no/],
  ['a throw of what is no error', filter("throw 'no';"), /x\.js:3:\d+: it threw the text "no"/],
  [
    'a throw of an error that throws',
    filter("throw Object.defineProperty(new Error('x'), 'message', { get() { throw this; } });"),
    /x\.js:4:\d+: it threw an Error/,
  ],
  ['a wrong type', filter('return 5;'), /x\.js:3:\d+: filter must return true or false, not the number 5/],
  ['a promise', 'async filter() { return true; }', /x\.js:3:\d+: filter must return true or false, not a Promise/],
  [
    'a wrong type in a list',
    transform('return [line, null];'),
    /x\.js:3:\d+: transform must return a text, an array of them, null or undefined, not null/,
  ],
  [
    'a list that is none',
    transform("return new Proxy([], { get: (_, key) => (key === 'length' ? 2 : 'x') });"),
    /x\.js:3:\d+: transform must return .* not an object/,
  ],
  ['a huge text', filter("'x'.repeat(2 ** 30 - 1);"), /x\.js:4:\d+: out of memory: a script may use 64 MiB/],
  ['a text that grows', filter('for (let text = line; ; ) text += text;'), /x\.js:4:\d+: string too long/],
  [
    'a huge answer',
    transform("return 'x'.repeat(40 << 20);"),
    /there is no room for its output, which may have \d+ bytes for one block/,
  ],
  [
    'a list that repeats a huge text',
    transform("return new Array(1e6).fill('x'.repeat(1000));"),
    /there is no room for its output/,
  ],
  [
    're-entry by an answer that changes while it is read',
    transform(
      "const list = [1, 2]; return Object.defineProperty(list, 0, { get: () => ((list.length = 0), this.transform('good')) });",
    ),
    /x\.js:3:\d+: transform must return .* not undefined/,
  ],
  [
    're-entry by an answer without an end',
    transform("return Object.defineProperty([], 0, { get: () => this.transform('bad') });"),
    /x\.js:3:\d+: transform must return .* not an array/,
  ],
  [
    're-entry by what is logged',
    filter("host.log({ toString: () => (host.log('inside'), 'x') });"),
    /x\.js:4:\d+: host\.log takes a level and a text, not an object/,
  ],
  [
    're-entry of an exporter',
    'exporter: {\nwrite(lines) { return this.write(lines); } }',
    /x\.js:4:\d+: Maximum call stack size exceeded/,
  ],
];

/** What never ends by itself. */
const ENDLESS: [attack: string, object: string][] = [
  ['a loop', filter('for (;;);')],
  ['a loop that catches its end', filter('for (;;) try { for (;;); } catch {}')],
  ['a catastrophic pattern', filter("return /(a+)+b/.test('a'.repeat(40));")],
  [
    'a loop in an error that is read',
    filter("throw Object.defineProperty(new Error('x'), 'message', { get() { for (;;); } });"),
  ],
];

/** What is refused before it gets a line. */
const REFUSED: [attack: string, text: string, message: string][] = [
  [
    'a missing function of an exporter',
    `${MANIFEST}\nexport default () => ({ exporter: { begin: () => '' } });`,
    'x.js: its exporter has no function write',
  ],
  [
    'a missing default function',
    `${MANIFEST}\nexport const filter = () => true;`,
    'x.js: it exports "filter"; the main file of a script exports its default function, and literals',
  ],
  [
    'a function that its manifest promises',
    `${MANIFEST.replace('"1.0.0"', '"1.0.0", "extensions": ["plug.filter/1"]')}\nexport default () => ({ run: () => '' });`,
    'x.js: its manifest promises plug.filter/1, and it does not offer that',
  ],
  [
    'no function',
    `${MANIFEST}\nexport default () => ({});`,
    'x.js: it offers nothing: no filter, transform, exporter, rowFilter, aggregator or run',
  ],
  [
    'a manifest that is no JSON',
    `/* plughost {\n  "id": org } */\nexport default () => ({});`,
    'x.js:2:9: its manifest is not JSON here',
  ],
  [
    'a manifest with a wrong id',
    '/* plughost { "id": "x", "name": "x", "version": "1.0.0" } */\nexport default () => ({});',
    'its manifest: id: it must be a reverse domain',
  ],
  ['no manifest', 'export default () => ({ filter: () => true });', 'it has no manifest'],
  [
    'a loop outside of functions that throws in the end',
    `${MANIFEST}\nconst f = () => f() + 1;\nexport default () => ({ filter: f() });`,
    'x.js:2:17: Maximum call stack size exceeded',
  ],
];

describe.skipIf(without.script)(`a script that attacks${without.script}`, () => {
  it.each(FAILING)('by %s fails with its place, and alike in every place', async (_, object, message) => {
    const script = offering(object);
    const [first, ...others] = await Promise.all(Object.values(PLACES).map((isolate) => outcome(script, isolate)));
    expect(first).toEqual({ code: 'ERR_PLUGIN_FAILED', message: expect.stringMatching(message) });
    for (const other of others) expect(other).toEqual(first);
  });

  it.each(ENDLESS)(
    'by %s is stopped with the run, and costs a line when isolated',
    { timeout: 60_000 },
    async (_, object) => {
      const script = offering(object);
      const [stopped, ...apart] = await Promise.all([
        outcome(script, undefined, AbortSignal.timeout(300)),
        ...[{}, { sandbox: true }].map((isolate) => outcome(script, { ...isolate, callTimeout: 300 })),
      ]);
      expect(stopped).toMatchObject({ code: 'ERR_CANCELLED' });
      const lost = /did not answer in time.*x\.log, line 2, byte 5: the line is left out/;
      for (const one of apart) expect(one).toEqual({ kept: 2, faults: [expect.stringMatching(lost)] });
    },
  );

  it.each(REFUSED)('by %s is refused with its place, and alike in every place', async (_, text, message) => {
    const script = write(text);
    for (const isolate of Object.values(PLACES)) {
      const refused = await outcome(script, isolate);
      expect(refused).toEqual({ code: 'ERR_SCRIPT', message: expect.stringContaining(message) });
    }
  });
});
