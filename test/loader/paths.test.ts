import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type LoadOptions, loadPlugin } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const missing =
  noCompiler ?? (process.env.LD_PRELOAD === undefined ? undefined : 'a sanitizer loads more than the sandbox allows');
const home = process.cwd();
const scratch = makeScratch();
const place = join(scratch, 'place');
let path = '';

/**
 * A plugin that reads the file of its option `file` in init and returns its first line in run, or reads `later` then.
 */
beforeAll(() => {
  mkdirSync(join(place, 'words'), { recursive: true });
  writeFileSync(join(place, 'words/one.txt'), 'one');
  if (missing) return;
  path = compile(
    scratch,
    'reads',
    pluginSource({
      manifest: `{ "id": "org.example.reads", "name": "reads", "version": "1.0.0", "config": { "type": "object",
        "properties": { "file": { "type": "string" } }, "additionalProperties": true } }`,
      head: `#include <stdio.h>
        #include <fcntl.h>
        #include <unistd.h>
        static char text[64];
        static int32_t take(const char *name, plug_error *error) {
          int file = open(name, O_RDONLY);
          if (file < 0) { char words[600]; snprintf(words, sizeof words, "%s cannot be read", name);
            return plug_fail(error, PLUG_ERROR_IO, words); }
          ssize_t got = read(file, text, sizeof text - 1);
          text[got > 0 ? got : 0] = 0;
          close(file);
          return PLUG_OK;
        }`,
      init: `char name[512]; const char *from = strchr((const char *)config.data, ':');
        if (!from || !strstr((const char *)config.data, "file")) return PLUG_OK;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(from + 2, "\\""), from + 2);
        return take(name, error);`,
      run: `if (!text[0] && take("words/one.txt", error) != PLUG_OK) return plug_put(out, "refused");
        return plug_put(out, text);`,
    }),
  );
});
afterEach(() => process.chdir(home));

const said = (options: LoadOptions) => {
  using plugin = loadPlugin(path, options);
  return plugin.run();
};

describe.skipIf(missing)(`a path that is relative${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test.each<[string, LoadOptions]>([
    ['in this process', {}],
    ['isolated', { isolate: true }],
    ['sandboxed', { isolate: { sandbox: true, grant: { read: ['words'] } } }],
    [
      'sandboxed, where the file alone is granted',
      { isolate: { sandbox: true, grant: { read: ['./words/../words/one.txt'] } } },
    ],
  ])('in an option is one of the working folder, %s', (_, options) => {
    process.chdir(place);
    expect(said({ ...options, config: { file: 'words/one.txt' } })).toBe('one');
  });

  test('is one of the folder in which the plugin was loaded, however often it is started', () => {
    process.chdir(place);
    using plugin = loadPlugin(path, { isolate: { callTimeout: 0 } });
    process.chdir('/');
    renameSync(place, `${place}-moved`);
    expect(plugin.run()).toBe('one');
    renameSync(`${place}-moved`, place);
  });

  test('that is granted has to lead to something', () => {
    process.chdir(place);
    for (const kind of ['read', 'write'] as const) {
      const isolate = { sandbox: true, grant: { [kind]: ['etc'] } };
      expect(thrown(() => said({ isolate }))).toEqual({
        code: 'ERR_INPUT',
        message: `grant ${kind} of ${place}/etc: no such file or directory`,
        hint: 'only what is there can be granted: make it first, or grant the folder that it will be in',
      });
    }
  });

  test('that is granted is not one of the root', () => {
    process.chdir(place);
    mkdirSync(join(place, 'etc'));
    try {
      const isolate = { sandbox: true, grant: { read: ['etc'] } };
      expect(thrown(() => said({ isolate, config: { file: '/etc/passwd' } })).message).toBe(
        'plugin reads: init: /etc/passwd cannot be read (IO)',
      );
    } finally {
      rmSync(join(place, 'etc'), { recursive: true });
    }
  });
});

describe.skipIf(missing)(`what the sandbox refuses${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test.each([
    ['relative', 'words/one.txt'],
    ['absolute', join(place, 'words/one.txt')],
  ])('in init is named with the grant that helps: a path that is %s', (_, file) => {
    process.chdir(place);
    const { code, message, hint } = thrown(() => said({ isolate: { sandbox: true }, config: { file } }));
    expect({ code, message, hint }).toEqual({
      code: 'ERR_PLUGIN_FAILED',
      message: `plugin reads: init: ${file} cannot be read (IO)`,
      hint: `in the sandbox it reads only what is granted; if you trust it with that: --grant read:${place}/words/one.txt`,
    });
    expect(said({ isolate: { sandbox: true, grant: { read: [`${place}/words/one.txt`] } }, config: { file } })).toBe(
      'one',
    );
  });

  test('in init is not blamed on the sandbox when there is no such file', () => {
    const { hint } = thrown(() => said({ isolate: { sandbox: true }, config: { file: join(scratch, 'nowhere') } }));
    expect(hint).toBe(undefined);
  });
});
