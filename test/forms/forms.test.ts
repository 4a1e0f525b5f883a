import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discover, formatLock, loadPlugin, lockEntryOf } from '../../src/index.js';
import { builtIn, host, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
let made = 0;

/** Makes a folder with these files. */
function folderOf(files: Record<string, string>): string {
  const folder = join(scratch, String(made++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const RULES =
  '{"rules": 1, "id": "org.example.slow", "name": "slow", "version": "1.0.0", "description": "Slow requests", "keep": {"text": "took"}}\n';
const SCRIPT =
  '/* plughost {"id": "org.example.odd", "name": "odd", "version": "2.0.0", "extensions": ["plug.filter/1"]} */\nexport default () => ({ filter: (line) => line.length % 2 === 1 });\n';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('plugins that are no library', () => {
  it('are listed with their forms beside libraries, and other files with such suffixes are not', async () => {
    const folder = folderOf({
      'slow.rules.json': RULES,
      'odd.js': SCRIPT,
      'typed.ts': `\ufeff\n${SCRIPT.replaceAll('odd', 'typed')}`,
      'package.json': '{"rules": 1}',
      'webpack.config.js': 'module.exports = {};',
      '.js': SCRIPT,
      'liblog.so': 'no library',
    });
    copyFileSync(builtIn('greet'), join(folder, 'libgreet.so'));
    mkdirSync(join(folder, 'folder.js'));
    const found = discover(folder).map(({ name, form, manifest, error }) => [name, form, manifest?.id, error?.code]);
    expect(found).toEqual([
      ['greet', 'native', 'org.plughost.greet', undefined],
      ['log', 'native', undefined, 'ERR_NOT_A_LIBRARY'],
      ['odd', 'script', 'org.example.odd', undefined],
      ['slow', 'rules', 'org.example.slow', undefined],
      ['typed', 'script', 'org.example.typed', undefined],
    ]);
    const { stdout } = seen(await host(['list', '--plugin-dir', folder]));
    expect(stdout).toMatch(/NAME +VERSION +KIND +FORM +DOES/);
    expect(stdout).toMatch(/slow +1\.0\.0 +filter +rules +Slow requests/);
    const json = seen(await host(['list', '--json', '--plugin-dir', folder])).stdout.split('\n');
    expect(json.filter((line) => line.includes('"form":"script"')).map((line) => JSON.parse(line).name)).toEqual([
      'odd',
      'typed',
    ]);
  });

  it('are told apart by their first bytes before their names', async () => {
    const folder = folderOf({});
    copyFileSync(builtIn('greet'), join(folder, 'greet.js'));
    using plugin = loadPlugin(join(folder, 'greet.js'), { allowDuplicate: true });
    expect([plugin.form, plugin.label]).toEqual(['native', 'greet']);
  });

  it('are shown by inspect with their files', async () => {
    const folder = folderOf({ 'slow.rules.json': RULES });
    const path = join(folder, 'slow.rules.json');
    expect(seen(await host(['inspect', 'slow', '--plugin-dir', folder]))).toEqual({
      status: 0,
      stderr: '',
      stdout: `${path}
  format      rules
  plugin      slow 1.0.0 (org.example.slow)
  does        Slow requests
  extensions  plug.filter/1
  files       slow.rules.json, sha256 ${sha256(RULES)}
`,
    });
    const { path: _, ...rest } = JSON.parse(seen(await host(['inspect', path, '--json'])).stdout);
    expect(rest).toMatchObject({ form: 'rules', files: [{ name: 'slow.rules.json', sha256: sha256(RULES) }] });
  });

  it('have their own entries in a lock', async () => {
    const folder = folderOf({ 'slow.rules.json': RULES, 'odd.js': SCRIPT });
    const path = join(folder, 'slow.rules.json');
    const entry = {
      id: 'org.example.slow',
      version: '1.0.0',
      file: 'slow.rules.json',
      sha256: sha256(RULES),
      extensions: ['plug.filter/1'],
    };
    expect(lockEntryOf(path)).toEqual(entry);
    const lock = join(folder, 'plugins.lock');
    expect(seen(await host(['lock', '-o', lock, folder])).status).toBe(0);
    expect(seen(await host(['lock', '--check', '-o', lock, folder])).status).toBe(0);
    writeFileSync(path, RULES.replace('took', 'look'));
    expect(seen(await host(['lock', '--check', '-o', lock, folder])).stderr).toContain(`its sha256 is`);
    expect(thrown(() => loadPlugin(path, { lock }))).toMatchObject({ code: 'ERR_LOCK' });
    writeFileSync(lock, formatLock([]));
    expect(thrown(() => loadPlugin(path, { lock })).message).toBe(
      `check by the lock ${lock}: it does not have org.example.slow, which ${path} is`,
    );
  });

  it('must not be writable by others, as libraries', () => {
    const folder = folderOf({ 'odd.js': SCRIPT });
    const path = join(folder, 'odd.js');
    chmodSync(path, 0o666);
    expect(thrown(() => loadPlugin(path))).toMatchObject({ code: 'ERR_UNTRUSTED_FILE' });
  });

  it('are found by name, unless a folder has the name in two forms', async () => {
    const folder = folderOf({ 'slow.rules.json': RULES, 'slow.js': SCRIPT, 'odd.js': 'let x;' });
    const two = `${join(folder, 'slow.rules.json')} and ${join(folder, 'slow.js')}`;
    expect(seen(await host(['inspect', 'slow', '--plugin-dir', folder])).stderr).toBe(
      `host: find plugin slow: there are ${two}\n      name the one that you mean by its path\n`,
    );
    // It is no plugin, and its name does not hide what follows.
    expect(seen(await host(['inspect', 'odd', '--plugin-dir', folder])).stderr).toContain(
      'find plugin odd: there is none',
    );
    expect(seen(await host(['inspect', 'slaw', '--plugin-dir', folder])).stderr).toContain('did you mean slow?');
  });

  it('keep what their own file says through a link', () => {
    const folder = folderOf({ 'slow.rules.json': RULES });
    symlinkSync('slow.rules.json', join(folder, 'other.rules.json'));
    expect(lockEntryOf(join(folder, 'other.rules.json')).sha256).toBe(sha256(RULES));
  });

  it.each([
    ['x.js', 'let x;', 'ERR_SCRIPT', 'it has no manifest'],
    ['x.js', '/* plughost {"id": 1} */', 'ERR_SCRIPT', 'its manifest: id: it must be a reverse domain'],
    ['x.js', '/* plughost {', 'ERR_SCRIPT', 'it has no manifest'],
    ['x.rules.json', '{', 'ERR_RULES', ''],
    ['x.rules.json', '[]', 'ERR_RULES', ''],
    ['x.rules.json', '', 'ERR_RULES', ''],
  ])('that cannot be read are refused in their own words: %s %j', (name, text, code, words) => {
    const path = join(folderOf({ [name]: text }), name);
    const error = thrown(() => loadPlugin(path));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(`${path}: ${words}`);
  });
});
