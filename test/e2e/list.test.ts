import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILT_IN } from '../../src/loader/plugin/plugin-path.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { bash, builtIn, host, plainEnvironment, seen } from './command.js';

const folder = makeScratch();
const noTerminal = spawnSync('script', ['--version']).error
  ? ' (skipped: script, of util-linux, is not installed)'
  : '';
const run = async (...args: string[]) => seen(await host(args));

/** Makes a folder with copies of built-in plugins. */
function folderOf(name: string, ...plugins: string[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const plugin of plugins) copyFileSync(builtIn(plugin), join(path, `lib${plugin}.so`));
  return path;
}

describe('host list', () => {
  it('shows the built-in plugins, with what they are, in 80 columns', async () => {
    const { status, stdout, stderr } = await run('list');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [folder, head, ...rows] = stdout.trimEnd().split('\n');
    expect(folder).toBe(BUILT_IN);
    expect(head).toMatch(/^ {2}NAME +VERSION {2}KIND +DOES$/);
    expect([head, ...rows].filter((line) => (line ?? '').length > 80)).toEqual([]);
    const names = rows.filter((row) => /^ {2}\S/.test(row)).map((row) => row.trim().split(/ {2,}/));
    expect(names).toContainEqual(['contains', '0.1.0', 'filter', 'Keeps the lines that contain a text']);
    expect(names.map(([name]) => name)).toEqual(names.map(([name]) => name).sort());
  });

  /** Three plugins that are hard to show: much text without a space, wide characters, a long name. */
  function hardOnes(name: string): string {
    const path = folderOf(name, 'csv');
    const manifest = (id: string, description: string, extensions = '[]') =>
      `{"id": "org.example.${id}", "name": "${id}", "version": "1.0.0", "description": "${description}", "extensions": ${extensions}}`;
    const every = '["plug.filter/1", "plug.transform/1", "plug.exporter/1"]';
    compile(path, 'endless', pluginSource({ manifest: manifest('endless', 'x'.repeat(100)) }));
    compile(path, 'wide', pluginSource({ manifest: manifest('wide', '日誌を読む'.repeat(8), every) }));
    compile(
      path,
      'a-name-of-which-nobody-can-say-it-is-short',
      pluginSource({ manifest: manifest('long', 'Has a name') }),
    );
    return path;
  }

  it.skipIf(noCompiler)('wraps whatever a plugin says, by the width of its characters', async () => {
    const path = hardOnes('hard');
    const { status, stdout } = seen(await host(['list', '--plugin-dir', path], { env: { PLUGHOST_BUILD: folder } }));
    expect(status).toBe(0);
    expect(stdout).toBe(`${path}
  NAME                      VERSION  KIND        DOES
  a-name-of-which-nobody-can-say-it-is-short
                            1.0.0                Has a name
  csv                       0.1.0    exporter    Writes each line as a row: its
                                                 byte offset and its text,
                                                 quoted as RFC 4180 says
  endless                   1.0.0                ${'x'.repeat(31)}
                                                 ${'x'.repeat(31)}
                                                 ${'x'.repeat(31)}
                                                 ${'x'.repeat(7)}
  wide                      1.0.0    filter,     日誌を読む日誌を読む日誌を読む
                                     transform,  日誌を読む日誌を読む日誌を読む
                                     exporter    日誌を読む日誌を読む
`);
  });

  it.skipIf(noTerminal || noCompiler)(`fits the width of a terminal${noTerminal}`, async () => {
    const path = hardOnes('terminal');
    const on = async (columns: number) => {
      const line = `script -qec 'stty columns ${columns}; "$HOST" list --plugin-dir ${path}' /dev/null < /dev/null`;
      const shown = (await bash(line, { env: { PLUGHOST_BUILD: folder } })).stdout.toString();
      return shown.replaceAll('\r\n', '\n').trimEnd().split('\n');
    };
    expect((await on(120)).slice(1, 4)).toEqual([
      '  NAME                      VERSION  KIND        DOES',
      '  a-name-of-which-nobody-can-say-it-is-short',
      '                            1.0.0                Has a name',
    ]);
    expect(await on(40)).toEqual([
      path,
      '  a-name-of-which-nobody-can-say-it-is-short',
      '    1.0.0',
      '    Has a name',
      '  csv',
      '    0.1.0 exporter',
      '    Writes each line as a row: its byte',
      '    offset and its text, quoted as RFC',
      '    4180 says',
      '  endless',
      '    1.0.0',
      ...[36, 36, 28].map((length) => `    ${'x'.repeat(length)}`),
      '  wide',
      '    1.0.0 filter, transform, exporter',
      ...[18, 18, 4].map((length, i) => `    ${'日誌を読む'.repeat(9).slice(i * 18, i * 18 + length)}`),
    ]);
  });

  it.skipIf(noCompiler)(
    'looks in the given folders first, then in HOST_PLUGIN_PATH, and shows who is hidden by whom',
    async () => {
      const [given, named] = [folderOf('given', 'greet'), folderOf('named', 'greet', 'jsonl')];
      compile(given, 'mine', pluginSource());
      compile(given, 'plain', 'int f(void) { return 1; }');
      const env = { ...plainEnvironment(), HOST_PLUGIN_PATH: named };
      const { status, stdout } = seen(await host(['list', '--json', '--plugin-dir', given], { env }));
      expect(status).toBe(0);
      const found = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const of = (name: string) =>
        found.filter((one) => one.name === name).map(({ path, shadowedBy }) => [path, shadowedBy]);
      expect(of('greet')).toEqual([
        [join(given, 'libgreet.so'), undefined],
        [join(named, 'libgreet.so'), join(given, 'libgreet.so')],
        [builtIn('greet'), join(given, 'libgreet.so')],
      ]);
      expect(of('jsonl')).toEqual([
        [join(named, 'libjsonl.so'), undefined],
        [builtIn('jsonl'), join(named, 'libjsonl.so')],
      ]);
      expect(of('mine')).toEqual([[join(given, 'libmine.so'), undefined]]);
      expect(of('plain')).toEqual([]);
    },
  );

  it('says what cannot be loaded, shows the others, and says so with its status', async () => {
    const path = folderOf('broken', 'greet');
    writeFileSync(join(path, 'libbroken.so'), 'no library\n');
    const { status, stdout, stderr } = await run('list', '--plugin-dir', path);
    expect(status).toBe(2);
    expect(stdout).toContain(
      `${path}\n  NAME   VERSION  KIND  DOES\n  greet  0.1.0          Says hello\n\n${BUILT_IN}\n`,
    );
    expect(stdout).toMatch(/^ {2}greet +0\.1\.0 +\(not used: a folder above has it\)$/m);
    expect(stderr).toBe(
      `host: open plugin ${path}/libbroken.so: it is a text file, not a shared library\n      give a shared library (.so, .dylib or .dll) built for this machine\n`,
    );
  });
});

describe('host lock', () => {
  it('writes what may be loaded, which host load and host run then hold to', async () => {
    const path = folderOf('locked', 'contains', 'jsonl');
    const file = join(folder, 'plugins.lock');
    expect(await run('lock', path, '-o', file)).toEqual({ status: 0, stdout: '', stderr: `${file}: 2 plugins\n` });
    expect(await run('lock', path, '-o', '-')).toEqual({ status: 0, stdout: readFileSync(file, 'utf8'), stderr: '' });
    const log = join(folder, 'a.log');
    writeFileSync(log, 'one\ntwo\n');
    const contains = ['--plugin-dir', path, '--filter', 'contains', '-p', 'text=w'];
    expect(await run('run', log, '--require-lock', file, ...contains)).toEqual({
      status: 0,
      stdout: 'two\n',
      stderr: '',
    });
    expect((await run('load', '--require-lock', file, join(path, 'libjsonl.so'))).status).toBe(0);
    const refused = await run('load', '--require-lock', file, builtIn('greet'));
    expect(refused).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: check by the lock ${file}: it does not have org.plughost.greet, which ${builtIn('greet')} is\n      if you trust it, write the lock anew with: plughost lock\n`,
    });
    expect(await run('lock', '--check', path, '-o', file)).toEqual({ status: 0, stdout: '', stderr: '' });
    copyFileSync(builtIn('jsonl'), join(path, 'libcontains.so'));
    const { status, stderr } = await run('lock', '--check', path, '-o', file);
    expect([status, stderr]).toEqual([0, '']);
    writeFileSync(join(path, 'libjsonl.so'), Buffer.concat([readFileSync(builtIn('jsonl')), Buffer.from('x')]));
    const changed = await run('lock', '--check', path, '-o', file);
    expect([changed.status, changed.stderr]).toEqual([2, expect.stringContaining('its sha256 is ')]);
  });

  it('takes names of plugins, as host run does', async () => {
    const path = folderOf('named-lock', 'greet');
    const { status, stdout, stderr } = await run('lock', 'greet', 'csv', '--plugin-dir', path, '-o', '-');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe((await run('lock', path, builtIn('csv'), '-o', '-')).stdout);
    const none = await run('lock', 'gret', '--plugin-dir', path, '-o', '-');
    expect(none).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: find plugin gret: there is none in ${path}, ${BUILT_IN}\n      did you mean greet?\n`,
    });
  });

  it('writes nothing when a library cannot be locked', async () => {
    const path = folderOf('unlockable', 'greet');
    writeFileSync(join(path, 'libbroken.so'), 'no library\n');
    const file = join(folder, 'never.lock');
    const { status, stderr } = await run('lock', path, '-o', file);
    expect([status, stderr]).toEqual([2, expect.stringContaining('libbroken.so: it is a text file')]);
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });
});
