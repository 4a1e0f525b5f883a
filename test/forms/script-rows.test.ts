import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type IsolateOptions, loadPlugin, run } from '../../src/index.js';
import { host, seen, without } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
let made = 0;
const at = (name: string) => join(scratch, `${made++}-${name}`);

/** Makes a script whose default export returns this object. */
function offering(object: string, fields: object = {}): string {
  const folder = at('script');
  mkdirSync(folder);
  const path = join(folder, 'x.js');
  const manifest = { id: 'org.example.x', name: 'x', version: '1.0.0', ...fields };
  writeFileSync(path, `/* plughost ${JSON.stringify(manifest)} */\nexport default () => ({ ${object} });\n`);
  return path;
}

const SUMS = `aggregator: {
  columns: { bytes: 'integer', path: 'text', time: 'time' },
  outputs: { rows: 'integer', sum: 'integer', first: 'text', last: 'time', mean: 'real', large: 'boolean' },
  create: () => ({ rows: 0, sum: 0, first: null, last: null }),
  add(state, { bytes, path, time }) {
    state.rows++;
    state.sum += bytes ?? 0;
    if (path !== null && (state.first === null || path < state.first)) state.first = path;
    state.last = Math.max(state.last ?? time, time);
  },
  merge(a, b) {
    if (b.first !== null && (a.first === null || b.first < a.first)) a.first = b.first;
    return { rows: a.rows + b.rows, sum: a.sum + b.sum, first: a.first, last: Math.max(a.last, b.last) };
  },
  finish: ({ rows, sum, first, last }) => ({ rows, sum, first, last, mean: sum / rows, large: sum > 1e6 }),
}`;

const PLACES = [[], ['--isolate'], ['--sandbox']];

const LOG = at('access.log');
const lineOf = (i: number) =>
  `10.0.0.${i % 256} - - [31/Dec/2024:21:${String(i % 60).padStart(2, '0')}:00 +0000] "GET /p/${(i * 7919) % 4001} HTTP/1.1" ${200 + (i % 3)} ${i % 7 === 0 ? '-' : i % 5000}`;
writeFileSync(LOG, Array.from({ length: 40_000 }, (_, i) => `${lineOf(i)}\n`).join(''));

/** Runs an aggregator over the log in this process. Returns the answers, or the message of the error. */
async function answers(script: string, lines = LOG, isolate: boolean | IsolateOptions = false): Promise<string> {
  using parser = loadPlugin('access');
  using csv = loadPlugin('csv');
  using plugin = loadPlugin(script, { isolate });
  const output = at('answers.csv');
  const stages = [{ parser, aggregations: [{ aggregators: [plugin] }] }];
  return run([lines], { stages, exporter: csv, output, workers: 1 }).then(
    () => readFileSync(output, 'utf8'),
    (error: Error) => error.message,
  );
}

describe.skipIf(without.script)(`a script about rows${without.script}`, () => {
  it('answers the same in every place, as aggregators in C do', async () => {
    const script = offering(SUMS);
    const of = async (name: string[], more: string[] = []) =>
      seen(await host(['run', LOG, '--parse', 'access', '--aggregate', ...name, '--by', 'status', '-j', '2', ...more]));
    const [first, ...others] = await Promise.all(PLACES.map((place) => of([script], place)));
    expect(first?.stderr).toBe('');
    for (const other of others) expect(other).toEqual(first);
    const native = await host([
      ...['run', LOG, '--parse', 'access', '--aggregate', 'stats', '-p', 'of=bytes', '--by', 'status'],
      ...['--aggregate', 'first', '-p', 'of=path', '-p', 'by=time', '--by', 'status'],
    ]);
    const sums = (text: string, column: string) => {
      const [head = '', ...rows] = text.trimEnd().split('\n');
      const index = head.split(',').indexOf(column);
      return rows.map((row) => row.split(',')[index]);
    };
    expect(sums(first?.stdout ?? '', 'sum')).toEqual(sums(String(native.stdout), 'sum'));
    expect(first?.stdout.split('\n')[0]).toBe('status,rows,sum,first,last,mean,large');
    expect(first?.stdout.split('\n')[1]).toMatch(/^200,13334,\d+,\/p\/0,2024-12-31T21:57:00Z,[\d.]+,true$/);
  });

  it('makes the same states whatever the workers, the memory and the parts', async () => {
    const script = offering(SUMS);
    const emitted = async (inputs: string[], more: string[]) => {
      const output = at('one.state');
      const by = ['--parse', 'access', '--aggregate', script, '--by', 'path', '--emit-state', '-o', output];
      expect(seen(await host(['run', ...inputs, ...by, ...more]))).toEqual({ status: 0, stdout: '', stderr: '' });
      return output;
    };
    const plan = at('plan');
    writeFileSync(plan, String((await host(['plan', LOG, '--split', '1M'])).stdout));
    const parts = readFileSync(plan, 'utf8').trimEnd().split('\n');
    expect(parts.length).toBeGreaterThan(2);
    const [whole, ...states] = await Promise.all([
      emitted([LOG], ['-j', '1']),
      emitted([LOG], ['-j', '2', '--group-memory', '1M', '--sandbox']),
      ...parts.map((part) => {
        const file = at('part');
        writeFileSync(file, `${part}\n`);
        return emitted([], ['--plan', file]);
      }),
    ]);
    const [spilled = '', ...each] = states;
    const bytes = readFileSync(whole);
    expect(readFileSync(spilled).equals(bytes)).toBe(true);
    const merged = at('all.state');
    const merging = await host(['merge', ...each.reverse(), '-o', merged, '--plugin-dir', dirname(script)]);
    expect(seen(merging)).toMatchObject({ stderr: '' });
    expect(readFileSync(merged).equals(bytes)).toBe(true);
  });

  it('keeps the rows for which keep returns true, in every place', async () => {
    const script = offering(
      "rowFilter: { columns: { status: 'any', path: 'text', bytes: 'real' }, keep: (row) => row.bytes === null && row.status > 201 && row.path.endsWith('7') }",
    );
    const lines = Array.from({ length: 40_000 }, (_, i) => i)
      .filter((i) => i % 7 === 0 && i % 3 === 2 && ((i * 7919) % 4001) % 10 === 7)
      .map((i) => `${lineOf(i)}\n`);
    expect(lines.length).toBeGreaterThan(100);
    for (const place of PLACES) {
      const kept = await host(['run', LOG, '--parse', 'access', '--filter', script, '-j', '2', ...place]);
      expect(seen(kept)).toEqual({ status: 0, stdout: lines.join(''), stderr: '' });
    }
  });

  it('sees rows in order if its manifest says so', async () => {
    const script = offering(
      'rowFilter: { columns: { status: "integer" }, keep: (() => { let n = 0; return () => n++ % 10_000 === 0; })() }',
      { ordered: true },
    );
    const kept = await host(['run', LOG, '--parse', 'access', '--filter', script, '-j', '2']);
    const wanted = [0, 10_000, 20_000, 30_000].map((i) => `${lineOf(i)}\n`).join('');
    expect(seen(kept)).toEqual({ status: 0, stdout: wanted, stderr: '' });
  });

  const small = at('small.log');
  writeFileSync(small, [1, 2, 3].map((i) => `${lineOf(i)}\n`).join(''));
  const part = (object: Partial<Record<'columns' | 'outputs' | 'create' | 'add' | 'merge' | 'finish', string>>) => {
    const all = {
      columns: "{ bytes: 'integer', path: 'text' }",
      outputs: "{ n: 'integer' }",
      create: '() => ({ n: 0 })',
      add: '(state) => { state.n++; }',
      merge: '(a, b) => { a.n += b.n; }',
      finish: '({ n }) => ({ n })',
      ...object,
    };
    return offering(`aggregator: { ${Object.entries(all).map(([key, text]) => `${key}: ${text}`)} }`);
  };

  it.each([
    [{ outputs: '{}' }, 'its aggregator has no outputs'],
    [
      { outputs: "{ n: 'any' }" },
      'the outputs of its aggregator have the types text, integer, real, time, boolean, and "n" has the text "any"',
    ],
    [
      { columns: "['bytes']" },
      "the columns of its aggregator must be an object such as { status: 'integer' }, not an array",
    ],
    [
      { columns: '{ bytes: 1 }' },
      'the columns of its aggregator have the types any, text, integer, real, time, boolean, and "bytes" has the number 1',
    ],
    [
      { columns: "{ 'n\\0zzz': 'integer' }" },
      'the columns of its aggregator have a name with a control character: "n\\0zzz"',
    ],
    [
      { outputs: "{ 'a\\ud800b': 'integer' }" },
      'the outputs of its aggregator have a name with half a surrogate pair: "a\ufffdb"',
    ],
    [{ outputs: "{ '': 'integer' }" }, 'the outputs of its aggregator have one without a name'],
    [
      { outputs: "{ ['é'.repeat(128)]: 'integer' }" },
      'the outputs of its aggregator have a name of 256 bytes, and 255 is the most',
    ],
    [
      { columns: "{ ['__proto__']: 'integer' }" },
      'the columns of its aggregator have the name __proto__, which is the prototype of a row in JavaScript',
    ],
    [
      { columns: "{}, 'create\\0': 1" },
      'its aggregator has "create\\0", and may have columns, outputs, revision, create, add, merge, finish',
    ],
    [{ merge: 'undefined' }, 'its aggregator has no function merge'],
    [{ finish: '5' }, 'its finish must be a function, not the number 5'],
    [
      { columns: '{}, extra: 1' },
      'its aggregator has "extra", and may have columns, outputs, revision, create, add, merge, finish',
    ],
    [{ columns: '{}, revision: -1' }, 'the revision of its aggregator must be an integer from 0 on, not the number -1'],
  ])('is refused when it offers %j', (object, reason) => {
    const path = part(object);
    expect(thrown(() => loadPlugin(path))).toMatchObject({
      code: 'ERR_SCRIPT',
      message: `load script ${path}: x.js: ${reason}`,
    });
  });

  it.each<[Parameters<typeof part>[0], string]>([
    [{ create: '() => undefined' }, 'update: x.js:2: create must make a state that is JSON, and it is undefined'],
    [
      { create: '() => 0', add: '() => {}' },
      'update: x.js:2: add must return the state, because the number 0 cannot be changed',
    ],
    [
      { add: 'async (state) => state' },
      'update: x.js:2: add must return a state that is JSON, not a Promise, and nothing waits for one',
    ],
    [{ add: '() => 5n' }, 'update: x.js:2: add must return a state that is JSON, not a BigInt'],
    [{ add: "(state, row) => { if (row.bytes === 2) throw new Error('no'); }" }, 'update: x.js:2: no'],
    [
      { add: '(state) => { state.n = NaN; }' },
      'finish: x.js:2: add or merge must make a state that is JSON, and /n is NaN',
    ],
    [
      { add: '(state) => { state.n = 1 / 0; }' },
      'finish: x.js:2: add or merge must make a state that is JSON, and /n is Infinity',
    ],
    [
      { add: '(state) => { state.n = undefined; }' },
      'finish: x.js:2: add or merge must make a state that is JSON, and /n is undefined',
    ],
    [
      { add: '(state) => { state.n = [new Map()]; }' },
      'finish: x.js:2: add or merge must make a state that is JSON, and /n/0 is an object of a class',
    ],
    [
      { add: '(state) => { state.n = () => 1; }' },
      'finish: x.js:2: add or merge must make a state that is JSON, and /n is a function',
    ],
    [
      { add: "(state) => { state['\\ud800'] = 1; }" },
      'finish: x.js:2: add or merge must make a state that is JSON, and it is an object with half a surrogate pair in a key',
    ],
    [
      { add: '(state) => { state.n = state; }' },
      `finish: x.js:2: add or merge must make a state that is JSON, and ${'/n'.repeat(40)}… is nested more than 64 deep, or holds itself`,
    ],
    [
      { add: "(state) => { state.n = 'x'.repeat(2 ** 21); }" },
      'finish: x.js:2: add or merge must make a state that is JSON, and it is larger than 1024 KiB',
    ],
    [
      { add: '(state) => { state.n = new Array(2 ** 32 - 1); }' },
      'finish: x.js:2: add or merge must make a state that is JSON, and /n/0 is undefined',
    ],
    [
      { create: '() => ({ of: [] })', add: "({ of }) => { of.push(1); of['/a'] = (of['/a'] ?? 0) + 1; }" },
      'finish: x.js:2: add or merge must make a state that is JSON, and /of//a is a property of an array; use an object for keys',
    ],
    [
      { add: '(state) => { let n = []; for (;;) n = [n, new Array(1000).fill(0)]; }' },
      'update: x.js:2: out of memory: a script may use 64 MiB',
    ],
    [{ finish: '() => 5' }, 'finish: x.js:2: finish must return an object with n, not the number 5'],
    [{ finish: '() => ({ m: 1 })' }, 'finish: x.js:2: finish returned "m", and its outputs are n'],
    [{ finish: "() => ({ 'n\\0': 1 })" }, 'finish: x.js:2: finish returned "n\\0", and its outputs are n'],
    [
      { finish: '() => ({ n: 1.5 })' },
      'finish: x.js:2: n of finish must be an integer below 2^53, a BigInt of 64 bits or null, not the number 1.5',
    ],
    [
      { finish: '() => ({ n: 2n ** 63n })' },
      'finish: x.js:2: n of finish must be an integer below 2^53, a BigInt of 64 bits or null, not a larger BigInt',
    ],
    [
      { outputs: "{ n: 'time' }", finish: '() => ({ n: 1e15 })' },
      'finish: x.js:2: n of finish must be milliseconds since 1970, in the years 1677 to 2262, or null, not the number 1000000000000000',
    ],
  ])('fails with its place when it is %j', async (object, reason) => {
    const found = await answers(part(object), small);
    expect(found.replace(/x\.js:2:\d+/, 'x.js:2')).toBe(`plugin x: ${reason} (INTERNAL)`);
  });

  it.each<[Parameters<typeof part>[0], string]>([
    [{ finish: '() => ({ n: -(2n ** 63n) })' }, 'n\n-9223372036854775808\n'],
    [{ finish: '() => ({})' }, 'n\n""\n'],
    [{ finish: '(state) => { state.n += 40; return state; }' }, 'n\n43\n'],
    [{ create: '() => 0', add: '(n) => n + 1', merge: '(a, b) => a + b', finish: '(n) => ({ n })' }, 'n\n3\n'],
    [{ columns: '{}' }, 'n\n3\n'],
  ])('answers when it is %j', async (object, wanted) => {
    expect(await answers(part(object), small)).toBe(wanted);
  });

  it('counts keys of a log that are names of what objects have', async () => {
    const names = ['__proto__', 'constructor', 'toString', '__proto__', 'hasOwnProperty', '__proto__'];
    const log = at('names.log');
    writeFileSync(
      log,
      names.map((name) => `h - - [31/Dec/2024:21:00:00 +0000] "GET ${name} HTTP/1.1" 200 1\n`).join(''),
    );
    const script = part({
      outputs: "{ n: 'text' }",
      create: '() => ({ of: {} })',
      add: '({ of }, { path }) => { of[path] = (of[path] ?? 0) + 1; }',
      merge: '(a, b) => { for (const key in b.of) a.of[key] = (a.of[key] ?? 0) + b.of[key]; }',
      finish: '({ of }) => ({ n: JSON.stringify(of) })',
    });
    const wanted = '{"__proto__":3,"constructor":1,"hasOwnProperty":1,"toString":1}';
    expect(await answers(script, log)).toBe(`n\n"${wanted.replaceAll('"', '""')}"\n`);
  });

  it('says that a script breaks the law of states, and runs it', async () => {
    const breaks = (object: Parameters<typeof part>[0]) =>
      host(['run', small, '--parse', 'access', '--aggregate', part(object)]);
    const outcomes = await Promise.all([
      breaks({ merge: '(a, b) => { a.n -= b.n; }' }),
      breaks({ merge: '(a, b) => ({ n: (a.n + b.n) / 2 })' }),
      breaks({
        add: '(state, { path }) => { state.n ||= path.length; }',
        create: '() => ({ n: 0 })',
        merge: '(a, b) => ({ n: a.n + b.n })',
      }),
      breaks({ merge: "() => { throw new Error('no'); }" }),
    ]);
    const said = outcomes.map(({ stderr }) =>
      stderr.replace(/^host: x: warning: x\.js: /, '').replace(/x\.js:2:\d+/, 'x.js:2'),
    );
    const tail = 'so its answers depend on how a run is split\n';
    expect(said).toEqual([
      `merge(a, b) and merge(b, a) are not the same state, ${tail}`,
      `merging a, b and c gives another state than merging b and c first, ${tail}`,
      `the states of parts do not merge into that of the whole, ${tail}`,
      'merge fails, and with it any run that is split: x.js:2: no\n',
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
  });

  it('leaves out a row that takes too long, and counts all others, where it has a process of its own', async () => {
    const looping = part({ add: '(state, { bytes }) => { while (bytes === 2); state.n++; }' });
    const flags = ['--isolate', '--call-timeout', '0.3'];
    const outcome = seen(await host(['run', small, '--parse', 'access', '--aggregate', looping, ...flags]));
    expect(outcome).toMatchObject({ status: 2, stdout: 'n\n2\n' });
    expect(outcome.stderr).toMatch(/^host: plugin x: update: it did not answer in time.*small\.log, line 2, /);
  });
});
