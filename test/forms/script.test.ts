import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlugin, lockEntryOf } from '../../src/index.js';
import { host, seen, without } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
let made = 0;

const manifest = (fields = '') =>
  `/* plughost { "id": "org.example.x", "name": "x", "version": "1.0.0"${fields && `, ${fields}`} } */`;

/** Makes a folder with these files and returns the path of the first. */
function write(files: Record<string, string | Uint8Array>): string {
  const folder = join(scratch, String(made++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return join(folder, Object.keys(files)[0] ?? '');
}

/** Makes a script whose default export returns this object. */
const offering = (object: string, fields?: string) =>
  write({ 'x.js': `${manifest(fields)}\nexport default () => ({ ${object} });\n` });

const PLACES = [[], ['--isolate'], ['--sandbox']];

/** Bytes of every kind: NUL, what is not UTF-8, CR, lines of one byte, none, a long one, and no newline at the end. */
const HOSTILE = Buffer.concat([
  Buffer.from('a\n\n\0\nb\r\ntook 700 ms\ntook 20 ms\ncaf\u00e9 \u{1f600}\n'),
  Buffer.from([0xff, 0xfe, 0x0a, 0xc3, 0x0a, 0xed, 0xa0, 0x80, 0x0a]),
  Buffer.alloc(1 << 20, 'x'),
  Buffer.from('\nERROR at the end'),
]);

describe.skipIf(without.script !== '')(`a script${without.script}`, () => {
  it.each([
    ['filter: (line) => Number(/took (\\d+) ms/.exec(line)?.[1]) > 500', ['--filter'], 'took 700 ms\n'],
    [
      "transform: (line) => line === '' ? null : line.startsWith('took') ? [line, 'slow'] : line.slice(0, 9)",
      ['--transform'],
      undefined,
    ],
    [
      "exporter: { begin: () => '[', write: (lines) => lines.map((line) => line.length + ',').join(''), end: () => ']' }",
      ['--export'],
      '[1,0,1,2,11,10,7,2,1,3,1048576,16,]',
    ],
  ])('does the same in every place: %s', async (object, flags, expected) => {
    const script = offering(object);
    const input = write({ 'hostile.log': HOSTILE });
    const outputs = await Promise.all(PLACES.map((place) => host(['run', input, ...flags, script, ...place])));
    const [first, ...others] = outputs.map(({ stdout, stderr, status }) => ({
      stdout: String(stdout),
      stderr,
      status,
    }));
    expect(first).toMatchObject({ status: 0 });
    if (expected !== undefined) expect(first?.stdout).toBe(expected);
    for (const other of others) expect(other.stdout).toBe(first?.stdout);
  });

  it('names place and line of an error, and a line that takes too long is left out where there is a runner', async () => {
    const failing = offering("filter: (line) => {\n  if (line === 'bad') throw new Error('no');\n  return true }");
    const input = write({ 'x.log': 'a\nbad\nb\n' });
    for (const place of PLACES) {
      const { stderr, status } = seen(await host(['run', input, '--filter', failing, ...place]));
      expect([status, stderr]).toEqual([expect.any(Number), expect.stringContaining('x.js:3:33: no')]);
      expect(status).not.toBe(0);
    }
    const looping = offering("filter: (line) => { while (line === 'bad'); return true }");
    const by = ['--sandbox', '--call-timeout', '0.3'];
    const { stdout, stderr, status } = seen(await host(['run', input, '--filter', looping, ...by]));
    expect([stdout, status !== 0]).toEqual(['a\nb\n', true]);
    expect(stderr).toMatch(/line 2/);
  });

  it('is stopped when the run is', async () => {
    const looping = offering('filter: () => { for (;;); }');
    const input = write({ 'x.log': 'a\n' });
    const { stderr, status } = seen(await host(['run', input, '--filter', looping, '--timeout', '0.3']));
    expect([status === 0, stderr]).toEqual([false, expect.stringMatching(/time/)]);
  });

  it('imports files of its folder, each with its hash in the lock', async () => {
    const path = write({
      'x.js': `${manifest('"config": { "type": "object", "properties": { "ms": { "type": "integer", "default": 500 } } }')}
import { took } from './lib/took.js';
export default ({ ms }) => ({ filter: (line) => took(line) > ms, run: () => String(ms) });
`,
      'lib/took.js':
        "import { pattern } from '../pattern.mjs';\nexport const took = (line) => Number(pattern.exec(line)?.[1]);\n",
      'pattern.mjs': 'export const pattern = /took (\\d+)/;\n',
    });
    using plugin = loadPlugin(path, { config: { ms: 5 } });
    expect([plugin.name, plugin.form, plugin.run()]).toEqual(['x', 'script', '5']);
    expect(lockEntryOf(path).needed?.map(({ name }) => name)).toEqual(['lib/took.js', 'pattern.mjs']);
    const input = write({ 'x.log': 'took 501\ntook 500\n' });
    const { stdout } = seen(await host(['run', input, '--filter', path, '--sandbox']));
    expect(stdout).toBe('took 501\n');
  });

  it('imports nothing else', () => {
    const main = (imports: string) => `${manifest()}\n${imports}\nexport default () => ({ run: () => '' });\n`;
    const message = (files: Record<string, string>, link?: string) => {
      const path = write(files);
      if (link) symlinkSync(link, join(dirname(path), 'link.js'));
      const error = thrown(() => loadPlugin(path));
      expect(error).toMatchObject({ code: 'ERR_SCRIPT' });
      return error.message.replaceAll(dirname(path), '');
    };
    expect(message({ 'x.js': main("import './gone.js';") })).toBe(
      'load script /x.js: x.js:2:9: it cannot import "./gone.js": there is no such file',
    );
    expect(message({ 'lib/x.js': main("import '../y.js';"), 'y.js': '' })).toContain(
      'x.js:2:9: it cannot import "../y.js": that is outside the folder of the script',
    );
    expect(message({ 'x.js': main("import './link.js';") }, '/etc/passwd')).toContain(
      'it cannot import "./link.js": that is a link to outside the folder of the script',
    );
    expect(message({ 'x.js': main("import 'node:fs';") })).toContain('x.js cannot import "node:fs"');
    expect(message({ 'x.js': main("import './y.js';"), 'y.js': 'let a = ;' })).toContain('y.js:1:9: ');
    expect(message({ 'x.js': main(`import './y.js';`), 'y.js': `// ${'x'.repeat(1 << 20)}` })).toContain(
      'larger than 1 MiB',
    );
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`${i}.js`, '']));
    const imports = Object.keys(many).map((name) => `import './${name}';`);
    expect(message({ 'x.js': main(imports.join('\n')), ...many })).toContain('it has more than 100 files');
  });

  it('may be TypeScript, with the same places in errors', () => {
    const path = write({
      'x.ts': `${manifest()}
import { type Took, took } from './took.ts';
export default (config: { ms?: number }) => ({
  run(): string { const a: Took = took('5'); if (config.ms) throw new Error('too slow'); return String(a) },
});
`,
      'took.ts': 'export type Took = number;\nexport const took = (text: string): Took => Number(text);\n',
    });
    {
      using plugin = loadPlugin(path);
      expect(plugin.run()).toBe('5');
    }
    using plugin = loadPlugin(path, { config: { ms: 1 } });
    expect(thrown(() => plugin.run()).message).toContain('x.ts:4:71: too slow');
    const wrong = write({ 'x.ts': `${manifest()}\nenum A { B }\nexport default () => ({ run: () => '' });` });
    expect(thrown(() => loadPlugin(wrong))).toMatchObject({
      code: 'ERR_SCRIPT',
      message: expect.stringMatching(/: x\.ts:2:(1:)? TypeScript enum is not supported in strip-only mode$/),
    });
  });

  it('says where its manifest is wrong', () => {
    const path = write({ 'x.js': '\n/* plughost {\n  "id": x } */' });
    expect(thrown(() => loadPlugin(path)).message).toBe(`load script ${path}: x.js:3:9: its manifest is not JSON here`);
    const refused = offering('filter: 5');
    expect(thrown(() => loadPlugin(refused))).toMatchObject({
      code: 'ERR_SCRIPT',
      message: `load script ${refused}: x.js: its filter must be a function, not the number 5`,
    });
  });

  it('with literals is asked about the lines that have one, and no others', async () => {
    const path = write({
      'x.js': `${manifest()}\nexport const literals = ['ERROR'];\nexport default (_, host) => ({ filter(line) { host.log(line); return true } });\n`,
    });
    const input = write({ 'hostile.log': HOSTILE });
    const { stdout, stderr } = seen(await host(['run', input, '--filter', path, '--verbose']));
    expect(stdout).toBe('ERROR at the end\n');
    expect(stderr.match(/ERROR at the end/g)).toHaveLength(1);
    expect(stderr).not.toContain('took');
  });
});
