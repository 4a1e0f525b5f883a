import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../src/cli/configuration/parse-config.js';
import { RUN_FLAGS } from '../../src/cli/flags/run.js';
import { bash, seen, without } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const block = (language: string) => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? '';

test.skipIf(without.regex)(`the commands of docs/configuration.md do what it says${without.regex}`, async () => {
  const folder = makeScratch();
  mkdirSync(join(folder, 'logs'));
  writeFileSync(join(folder, 'logs/a.log'), 'login 500 from bob@example.org\nlogin ERROR\nlogin of 10.1.2.3\nout\n');
  writeFileSync(join(folder, 'host.config.json'), block('json'));
  const [trust, list, remove] = block('sh').trim().split('\n');
  const file = join(folder, 'host.config.json');
  const around = { cwd: folder, env: { HOME: folder, XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' } };
  const run = async (line = '') => seen(await bash(`plughost() { "$HOST" "$@"; }; ${line}`, around));
  expect(await run(trust)).toEqual({ status: 0, stdout: '', stderr: `${file}: trusted\n` });
  const kept = await run('plughost run');
  expect([kept.status, kept.stderr]).toEqual([0, '']);
  expect(kept.stdout.split('\n')).toHaveLength(3);
  expect(kept.stdout).not.toMatch(/bob|10\.1/);
  expect(await run('plughost run --config host.config.json')).toEqual(kept);
  expect((await run('plughost run --no-export')).stdout).toMatch(/^login 500 from .*\nlogin of .*\n$/);
  expect(await run(list)).toEqual({ status: 0, stdout: `${file}  trusted\n`, stderr: '' });
  expect(await run(remove)).toEqual({ status: 0, stdout: '', stderr: `${file}: not trusted any more\n` });
});

test('every flag that a configuration may set can be taken back', () => {
  const names = RUN_FLAGS.filter(({ name }) => {
    try {
      return parseConfig('x.json', 'named', JSON.stringify({ [name]: true }));
    } catch (error) {
      return !/there is no /.test((error as Error).message);
    }
  });
  expect(names.map(({ name }) => name)).toContain('export');
  expect(names.filter(({ negate }) => !negate)).toEqual([]);
});

test('docs/configuration.md names the flags that only some files may set', () => {
  // The list item that names this flag, and all flags that it names.
  const listedWith = (name: string) =>
    [...(new RegExp(`^- .*\`${name}\`.*$`, 'm').exec(page)?.[0] ?? '').matchAll(/`([\w-]+)`/g)].map(([, one]) => one);
  const flags = (wanted: (flag: (typeof RUN_FLAGS)[number]) => unknown) =>
    RUN_FLAGS.filter(wanted).map(({ name }) => name);
  const limited = flags(({ scope }) => scope === 'named' || scope === 'user');
  expect(listedWith('allow-writable').sort()).toEqual(limited.sort());
  expect(listedWith('on-fault').sort()).toEqual(flags(({ guard }) => guard).sort());
});
