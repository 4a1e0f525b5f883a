import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtIn, exec, HOST, ROOT } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { documented, goPlugin, type Program, pythonPlugin } from '../remote/peers/plugins.js';

/*
 * One filter and one transform in every form of plugin and in every place: the same bytes come out of all of them.
 */

const scratch = makeScratch();
const PLACES = ['in-process', 'isolated', 'sandboxed'];

const write = (name: string, content: string | Buffer): string => {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
};
const rules = (name: string, body: object): string =>
  write(`${name}.rules.json`, JSON.stringify({ rules: 1, id: `org.example.${name}`, name, version: '1.0.0', ...body }));
const script = (name: string, text: string, fields: object = {}): string =>
  write(
    `${name}.js`,
    `/* plughost ${JSON.stringify({ id: `org.example.${name}`, name, version: '1.0.0', ...fields })} */\n${text}\n`,
  );

interface Form {
  name: string;
  /** The library that must be built. */
  needs: string;
  plugin: string[];
  /** Why this machine has no such plugin. */
  lacks?: string;
  /** Where it may run, if not everywhere. */
  places?: readonly string[];
}

/** A program with an SDK, as the documentation shows it. */
function program(language: string, made: Program, ...options: string[]): Form {
  const form = { name: `program in ${language}`, needs: 'grpc', places: ['isolated'] };
  if ('missing' in made) return { ...form, plugin: [], lacks: made.missing };
  const words = [made.program, ...made.args].map((word) => `'${word}'`).join(' ');
  const variables = Object.entries(made.env).map(([name, value]) => `${name}='${value}'`);
  // A program gets few variables of its host.
  const wrapper = write(`${language}.sh`, `#!/bin/sh\n${variables.join(' ')} exec ${words} "$@"\n`);
  chmodSync(wrapper, 0o755);
  return { ...form, plugin: [`grpc:${wrapper}`, ...options] };
}

const FILTERS: Form[] = [
  { name: 'library in C', needs: 'contains', plugin: ['contains', '-p', 'text=ab'] },
  { name: 'library in Rust', needs: 'regex', plugin: ['regex', '-p', 'pattern=ab'] },
  { name: 'rules, a text', needs: 'rules', plugin: [rules('text', { keep: { text: 'ab' } })] },
  { name: 'rules, a pattern', needs: 'rules', plugin: [rules('pattern', { keep: { regex: 'ab' } })] },
  { name: 'rules, nested', needs: 'rules', plugin: [rules('nested', { keep: { not: { not: { text: 'ab' } } } })] },
  {
    name: 'script',
    needs: 'script',
    plugin: [script('plain', "export default () => ({ filter: (line) => line.includes('ab') });")],
  },
  {
    name: 'script with a literal',
    needs: 'script',
    plugin: [
      script(
        'hinted',
        "export const literals = ['ab'];\nexport default () => ({ filter: (line) => line.includes('ab') });",
      ),
    ],
  },
  program('Go', goPlugin('contains', documented('go')), '-p', 'text=ab'),
  program('Python', pythonPlugin('contains', documented('py')), '-p', 'text=ab'),
];

const TRANSFORMS: Form[] = [
  { name: 'rules', needs: 'rules', plugin: [rules('mask', { replace: [{ regex: '[0-9]+', with: '#' }] })] },
  {
    name: 'script',
    needs: 'script',
    plugin: [script('mask', "export default () => ({ transform: (line) => line.replace(/[0-9]+/g, '#') });")],
  },
];

/** Bytes that no writer of logs thinks of. */
const hostile = Buffer.concat([
  Buffer.from('ab\n\nab\0ab\nx\r\nab\r\n\r\n'),
  Buffer.from([0xff, 0x61, 0x62, 0xfe, 0x0a, 0x61, 0xc3, 0x62, 0x0a, 0xed, 0xa0, 0x80, 0x61, 0x62, 0x0a]),
  Buffer.from('\ufeffab\nä\u2028ab\na\nb\n'),
  Buffer.from(`${'x'.repeat((1 << 20) - 1)}ab${'y'.repeat(1 << 20)}\n`),
  Buffer.from('a\n'.repeat(3000)),
  Buffer.from('ab\n'.repeat(3000)),
  Buffer.from('the last line has no end: ab'),
]);

const INPUTS = {
  'a log': readFileSync(join(ROOT, 'samples/access.log')),
  'hostile bytes': hostile,
  'one byte': Buffer.from('a'),
  'a newline': Buffer.from('\n'),
  nothing: Buffer.alloc(0),
};

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function outputOf(flag: string, plugin: string[], input: Buffer, place: string, extra: string[] = []) {
  const path = write('input', input);
  const { status, stdout, stderr } = await exec(HOST, [
    'run',
    path,
    flag,
    ...plugin,
    '--boundary',
    place,

    ...extra,
  ]);
  return { status, stderr, bytes: stdout.length, hash: hashOf(stdout) };
}

const lackOf = ({ needs, lacks }: Form): string | undefined =>
  existsSync(builtIn(needs)) ? lacks : `lib${needs}.so is not built`;
const missing = (form: Form): boolean => lackOf(form) !== undefined;
const title = (form: Form): string => form.name + (missing(form) ? ` (skipped: ${lackOf(form)})` : '');

describe.each(Object.entries(INPUTS))('of %s', (_, input) => {
  for (const form of FILTERS) {
    it.skipIf(missing(form))(`a filter keeps the same lines: ${title(form)}`, async () => {
      const lines = input.length === 0 ? [] : input.toString('latin1').replace(/\n$/, '').split('\n');
      const kept = lines.filter((line) => line.includes('ab')).map((line) => `${line}\n`);
      const wanted = Buffer.from(kept.join(''), 'latin1');
      const status = kept.length > 0 ? 0 : 1;
      for (const place of form.places ?? PLACES) {
        const got = await outputOf('--filter', form.plugin, input, place);
        expect(got, place).toEqual({ status, stderr: '', bytes: wanted.length, hash: hashOf(wanted) });
      }
      // After another filter a plugin gets the lines one by one, and not whole blocks.
      const chosen = await outputOf('--filter', [...form.plugin, '--filter', ...form.plugin], input, 'isolated', [
        '-j',
        '2',
      ]);
      expect(chosen).toEqual({ status, stderr: '', bytes: wanted.length, hash: hashOf(wanted) });
    });
  }

  it.skipIf(TRANSFORMS.some(missing))(
    `a transform makes the same lines: ${TRANSFORMS.map(title).join(', ')}`,
    async () => {
      const wanted = await outputOf('--transform', TRANSFORMS[0]?.plugin ?? [], input, 'in-process');
      expect(wanted.stderr).toBe('');
      for (const { plugin } of TRANSFORMS)
        for (const place of PLACES) expect(await outputOf('--transform', plugin, input, place), place).toEqual(wanted);
    },
  );
});
