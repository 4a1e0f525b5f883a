import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
  it('shows the built-in plugins, with what they are', async () => {
    const { status, stdout, stderr } = await run('list');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [head, ...rows] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(head).toEqual(['NAME', 'VERSION', 'KIND', 'PATH', 'DOES']);
    expect(rows).toContainEqual([
      'contains',
      '0.1.0',
      'filter',
      builtIn('contains'),
      'Keeps the lines that contain a text',
    ]);
    expect(rows.map(([name]) => name)).toEqual(rows.map(([name]) => name).sort());
  });

  it.skipIf(noTerminal)(`can be read on a terminal of 80 columns${noTerminal}`, async () => {
    const on = async (columns: number) =>
      (await bash(`script -qec 'stty columns ${columns}; "$HOST" list' /dev/null < /dev/null`)).stdout
        .toString()
        .replaceAll('\r\n', '\n')
        .trimEnd()
        .split('\n');
    const narrow = await on(80);
    expect(narrow.filter((line) => line.length > 80 && !line.includes('/'))).toEqual([]);
    const at = narrow.indexOf('csv  0.1.0  exporter');
    expect(narrow.slice(at, at + 4)).toEqual([
      'csv  0.1.0  exporter',
      '    Writes each line as a row: its byte offset and its text, quoted as RFC 4180',
      '    says',
      `    ${builtIn('csv')}`,
    ]);
    // The table is printed if it fits, or if the output is no terminal.
    const table = (await run('list')).stdout;
    expect(await on(1000)).toEqual(table.trimEnd().split('\n'));
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
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toContainEqual([
      'greet',
      '0.1.0',
      join(path, 'libgreet.so'),
      'Says hello',
    ]);
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
      stderr: `host: check by the lock ${file}: it does not have org.plughost.greet, which ${builtIn('greet')} is\n      if you trust it, write the lock anew with: host lock\n`,
    });
    expect(await run('lock', '--check', path, '-o', file)).toEqual({ status: 0, stdout: '', stderr: '' });
    copyFileSync(builtIn('jsonl'), join(path, 'libcontains.so'));
    const { status, stderr } = await run('lock', '--check', path, '-o', file);
    expect([status, stderr]).toEqual([0, '']);
    writeFileSync(join(path, 'libjsonl.so'), Buffer.concat([readFileSync(builtIn('jsonl')), Buffer.from('x')]));
    const changed = await run('lock', '--check', path, '-o', file);
    expect([changed.status, changed.stderr]).toEqual([2, expect.stringContaining('its sha256 is ')]);
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
