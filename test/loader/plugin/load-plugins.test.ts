import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPlugins } from '../../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../../helpers/compile.js';
import { thrown } from '../../helpers/thrown.js';

const scratch = makeScratch();

describe.skipIf(noCompiler)(`loadPlugins${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test('loads the libraries of a directory in name order, goes on after a failure, and tells both', () => {
    const folder = join(scratch, 'mixed');
    mkdirSync(folder);
    for (const name of ['zebra', 'ant', 'Mole']) compile(folder, name, pluginSource({ name: `return "${name}";` }));
    writeFileSync(join(folder, 'broken.so'), 'text');
    writeFileSync(join(folder, 'README.md'), 'not a library');
    mkdirSync(join(folder, 'folder.so'));
    const { plugins, failures } = loadPlugins(folder);
    expect(plugins.map(({ name }) => name)).toEqual(['Mole', 'ant', 'zebra']);
    expect(failures.map(({ path, error }) => [path, error.code, error.message])).toEqual([
      [
        join(folder, 'broken.so'),
        'ERR_NOT_A_LIBRARY',
        `open plugin ${folder}/broken.so: it is a text file, not a shared library`,
      ],
      [join(folder, 'folder.so'), 'ERR_NOT_A_LIBRARY', `open plugin ${folder}/folder.so: it is a directory`],
    ]);
  });

  test('gives each of them the options', () => {
    const folder = join(scratch, 'options');
    mkdirSync(folder);
    const head = 'static char text[99];';
    const init = 'memcpy(text, config.data, config.len); return PLUG_OK;';
    compile(folder, 'a', pluginSource({ head, init, run: 'return plug_put(out, text);' }));
    expect(loadPlugins(folder, { config: { a: 1 } }).plugins.map((plugin) => plugin.run())).toEqual(['{"a":1}']);
  });

  test('says that a directory is not there', () => {
    const folder = join(scratch, 'nowhere');
    expect(thrown(() => loadPlugins(folder))).toEqual({
      code: 'ERR_INPUT',
      message: `read the directory ${folder}: no such file or directory`,
      hint: undefined,
    });
  });

  test('says that a directory holds no library', () => {
    const folder = join(scratch, 'without');
    mkdirSync(folder);
    writeFileSync(join(folder, 'plugin.c'), '');
    expect(thrown(() => loadPlugins(folder))).toEqual({
      code: 'ERR_NO_PLUGINS',
      message: `load plugins of ${folder}: the directory holds no .so file, no rules and no script`,
      hint: 'give the directory that holds the plugins',
    });
  });
});
