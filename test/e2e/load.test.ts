import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { BUILT_IN } from '../../src/loader/plugin/plugin-path.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { builtIn, host, seen, without } from './command.js';

const folder = makeScratch();
const ADDON = join(buildFolder, 'Release/plughost.node');
const load = async (...args: string[]) => seen(await host(['load', ...args]));

/** Makes a folder with copies of built-in plugins. */
function folderOf(name: string, ...plugins: string[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const plugin of plugins) copyFileSync(builtIn(plugin), join(path, `lib${plugin}.so`));
  return path;
}

describe('host load', () => {
  it('prints name and run of a factory, and of a data object', async () => {
    expect(await load(builtIn('greet'), builtIn('greet-direct'))).toEqual({
      status: 0,
      stdout: 'Greeting\nHello from plugin\nGreeting\nHello from a data object\n',
      stderr: '',
    });
  });

  it.skipIf(without.regex)(`prints name and run of a plugin in Rust${without.regex}`, async () => {
    expect(await load(builtIn('greet-rust'))).toEqual({
      status: 0,
      stdout: 'Greeting\nHello from Rust\n',
      stderr: '',
    });
  });

  it('takes names, files without a separator, and directories', async () => {
    const cwd = folderOf('taken', 'contains');
    const there = async (...args: string[]) => seen(await host(['load', ...args], { cwd }));
    const [hello, a] = ['Greeting\nHello from plugin\n', 'Contains\nKeeps the lines that contain a\n'];
    expect(await there('greet', 'libcontains.so', '-p', 'text=a')).toEqual({
      status: 0,
      stdout: hello + a,
      stderr: '',
    });
    expect(await there('./', '-p', 'text=a')).toEqual({ status: 0, stdout: a, stderr: '' });
    copyFileSync(builtIn('greet-direct'), join(cwd, 'libonly-here.so'));
    expect(await there('only-here', '--plugin-dir', '.')).toEqual({
      status: 0,
      stdout: 'Greeting\nHello from a data object\n',
      stderr: '',
    });
  });

  it('never takes a name for a file of the working folder', async () => {
    const cwd = folderOf('beside', 'contains');
    const there = async (...args: string[]) => seen(await host(['load', ...args], { cwd }));
    for (const name of ['greet', 'mine']) writeFileSync(join(cwd, name), 'a text\n');
    expect((await there('greet')).stdout).toBe('Greeting\nHello from plugin\n');
    const refused = async (name: string) => (await there(name, '--plugin-dir', '/nowhere')).stderr;
    expect(await refused('mine')).toBe(
      `host: find plugin mine: there is none in /nowhere, ${BUILT_IN}\n      a name is not looked for in the working folder; for the mine there, write ./mine\n`,
    );
    expect(await refused('gret')).toBe(
      `host: find plugin gret: there is none in /nowhere, ${BUILT_IN}\n      did you mean greet?\n`,
    );
    expect(await refused('something-else')).toBe(
      `host: find plugin something-else: there is none in /nowhere, ${BUILT_IN}\n      give a path with a separator (./libname.so), or --plugin-dir DIR\n`,
    );
  });

  it('gives a plugin the options that follow it', async () => {
    expect(await load(builtIn('contains'), '-p', 'text=a b', builtIn('contains'), '-p', 'text=ü=')).toEqual({
      status: 0,
      stdout: 'Contains\nKeeps the lines that contain a b\nContains\nKeeps the lines that contain ü=\n',
      stderr: '',
    });
  });

  it('reads options from a file, and those that follow win', async () => {
    const file = join(folder, 'options.json');
    writeFileSync(file, '{"text": "from the file"}');
    const first = await load(builtIn('contains'), '--params-file', file);
    expect(first.stdout).toBe('Contains\nKeeps the lines that contain from the file\n');
    const second = await load(builtIn('contains'), '--params-file', file, '-p', 'text=mine');
    expect(second.stdout).toBe('Contains\nKeeps the lines that contain mine\n');
  });

  it('loads a directory in name order, goes on after a failure, and says so with its status', async () => {
    const path = folderOf('mixed', 'jsonl', 'greet', 'contains');
    writeFileSync(join(path, 'libbroken.so'), 'no library');
    writeFileSync(join(path, 'README.md'), 'not asked for');
    expect(await load(path)).toEqual({
      status: 2,
      stdout: 'Greeting\nHello from plugin\nJSON Lines\nWrites each line as a JSON object\n',
      stderr: [
        `host: open plugin ${path}/libbroken.so: it is a text file, not a shared library`,
        '      give a shared library (.so, .dylib or .dll) built for this machine',
        'host: configure contains: the option "text" is missing',
        '      on the command line: -p text=…',
        '',
      ].join('\n'),
    });
  });

  const text = join(folder, 'text.so');
  writeFileSync(text, 'Dear reader,\n');
  const none = join(folder, 'none');
  mkdirSync(none);
  it.each([
    [
      'a library that is no plugin',
      ADDON,
      `open plugin ${ADDON}: it is a library that does not export NewPlugin, so it is no plugin`,
      'its author must export NewPlugin with PLUG_EXPORT (Rust: plughost::export!); see docs/contract.md',
    ],
    [
      'a text file',
      text,
      `open plugin ${text}: it is a text file, not a shared library`,
      'give a shared library (.so, .dylib or .dll) built for this machine',
    ],
    [
      'a file that is not there',
      `${none}/missing.so`,
      `plugin.Open("${none}/missing.so"): realpath failed: no such file or directory`,
      'check that the file exists and may be read',
    ],
    [
      'a path through a file',
      `${text}/x.so`,
      `plugin.Open("${text}/x.so"): realpath failed: not a directory`,
      'what stands for a folder on its way is none: namei shows which',
    ],
    [
      'a directory without libraries',
      none,
      `load plugins of ${none}: the directory holds no .so file, no rules and no script`,
      'give the directory that holds the plugins',
    ],
  ])('says in one sentence what is wrong with %s, and what to do', async (_, path, message, hint) => {
    expect(await load(path)).toEqual({ status: 2, stdout: '', stderr: `host: ${message}\n      ${hint}\n` });
  });

  it('says which option is wrong, and what it may be', async () => {
    expect(await load(builtIn('contains'), '-p', 'txet=a')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: configure contains: there is no option "txet"\n      did you mean text?\n',
    });
    const notJson = join(folder, 'not.json');
    writeFileSync(notJson, '[1]');
    expect(await load(builtIn('contains'), '--params-file', notJson)).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: configure ${builtIn('contains')}: ${notJson} does not hold a JSON object\n`,
    });
    expect((await load(builtIn('contains'), '--params-file', join(folder, 'gone.json'))).stderr).toContain(
      `host: read the options ${join(folder, 'gone.json')}: no such file or directory`,
    );
  });

  it.skipIf(noCompiler)(`labels and cleans what a plugin logs${noCompiler ?? ''}`, async () => {
    const log = 'host->log(host, PLUG_LOG_WARNING, (plug_bytes){(const uint8_t *)text, strlen(text)});';
    const path = compile(
      folder,
      'talks',
      pluginSource({ init: `static const char text[] = "be \\x1b[31mcareful\\nnow"; ${log} return PLUG_OK;` }),
    );
    expect(await load(path)).toEqual({
      status: 0,
      stdout: 'Test\ndone\n',
      stderr: 'host: talks: warning: be \\x1b[31mcareful now\n',
    });
  });

  it.skipIf(noCompiler)(
    `shows what run gives, and nothing of it commands the terminal${noCompiler ?? ''}`,
    async () => {
      const text = 'tab\there\n\x1b]0;title\x07\rover\x9b2J\u202e\u{e0041} grüß e';
      const bytes = [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
      const path = compile(folder, 'obeyed', pluginSource({ run: `return plug_put(out, "${bytes}");` }));
      for (const where of [[], ['--isolate'], ['--sandbox']]) {
        expect(await load(path, ...where)).toEqual({
          status: 0,
          stdout: 'Test\ntab\there\n\\x1b]0;title\\x07\\x0dover\\x9b2J\\u202e\\u{e0041} grüß e\n',
          stderr: '',
        });
      }
    },
  );

  it.skipIf(noCompiler)(`cleans the name of a file in its messages${noCompiler ?? ''}`, async () => {
    const path = compile(folder, 'real', pluginSource({ init: 'return PLUG_ERROR_INVALID;' }));
    const odd = join(folder, 'a\n\x1b[2J\u200f.so');
    copyFileSync(path, odd);
    const { stderr } = await load(odd);
    expect(stderr).toMatch(/^host: .*a \\x1b\[2J\\u200f.*\n( {6}.*\n)?$/);
    const verbose = (await load(odd, '--verbose')).stderr;
    expect(verbose).toContain('a \\x1b[2J');
    expect(verbose).not.toMatch(/[^\P{Cc}\n]|\u200f/u);
  });

  it('keeps stack traces for those who ask', async () => {
    const missing = join(folder, 'missing.so');
    expect((await load(missing)).stderr).not.toMatch(/^\s+at /m);
    expect((await load(missing, '--verbose')).stderr).toMatch(/^\s+at /m);
  });
});
