import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatLock, loadPlugin, lockEntryOf, readLock } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
const proof = join(scratch, 'ran');
const user = process.geteuid?.() ?? 0;
const notRoot = user === 0 ? '' : ' (skipped: only root can give files away)';
/** Each test uses another name, because a process uses an open library for every need of its name. */
let part = '';
const soname = () => `-Wl,-soname,lib${part}.so`;

let number = 0;
const newFolder = (name = '') => {
  const folder = join(scratch, `${number++}${name}`);
  mkdirSync(folder, { mode: 0o755 });
  return folder;
};

/** Compiles a library that returns a word, and creates a file when its code runs. */
const helper = (folder: string, word: string, flags: string[] = []) =>
  compile(
    folder,
    part,
    `#include <stdio.h>
     __attribute__((constructor)) static void start(void) { FILE *f = fopen("${proof}", "w"); if (f) fclose(f); }
     const char *helper(void); const char *helper(void) { return "${word}"; }`,
    flags,
  );

/** Compiles a plugin whose `run` returns the word of the library that it needs. */
const needing = (folder: string, flags: string[], helperFolder: string, name = 'needing') =>
  compile(
    folder,
    name,
    pluginSource({
      manifest: `{ "id": "org.example.n${number++}", "name": "${name}", "version": "1.0.0" }`,
      head: 'const char *helper(void);',
      run: 'return plug_put(out, helper());',
    }),
    [`-L${helperFolder}`, '-Wl,--no-as-needed', `-l${part}`, ...flags],
  );

const lockOf = (path: string): string => {
  const file = join(scratch, `${number++}.lock`);
  writeFileSync(file, formatLock([lockEntryOf(path)]));
  return file;
};

const before = { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH, home: process.cwd() };
afterEach(() => {
  process.chdir(before.home);
  if (before.LD_LIBRARY_PATH === undefined) delete process.env.LD_LIBRARY_PATH;
  else process.env.LD_LIBRARY_PATH = before.LD_LIBRARY_PATH;
});

const WHERE = [
  { where: 'in this process', isolate: false as const },
  { where: 'isolated', isolate: true as const },
  { where: 'sandboxed', isolate: { sandbox: true } },
  // A sanitizer makes system calls that the sandbox refuses.
].filter(({ where }) => process.env.LD_PRELOAD === undefined || where !== 'sandboxed');

describe.skipIf(noCompiler).each(WHERE)(
  `what a plugin needs, $where${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  ({ isolate }) => {
    beforeEach(() => {
      rmSync(proof, { force: true });
      part = `helper-${number++}`;
    });
    const word = (path: string, options = {}) => {
      using plugin = loadPlugin(path, { isolate, ...options });
      return plugin.run();
    };
    const refusal = (path: string, options = {}) => {
      const error = thrown(() => word(path, options));
      expect(existsSync(proof)).toBe(false);
      return error;
    };

    test.each([
      ['by its run path', ['-Wl,-rpath,$ORIGIN'], true],
      ['by an old run path', ['-Wl,-rpath,$ORIGIN', '-Wl,--disable-new-dtags'], true],
      ['though it does not say its own name', ['-Wl,-rpath,$ORIGIN'], false],
    ])('is found beside it, %s', (_, flags, named) => {
      const folder = newFolder();
      helper(folder, 'beside', named ? [soname()] : []);
      expect(word(needing(folder, flags, folder))).toBe('beside');
    });

    test('is found by way of a library that is needed itself', () => {
      const [folder, deep] = [newFolder(), newFolder('-deep')];
      compile(deep, `inner-${part}`, 'const char *inner(void); const char *inner(void) { return "inner"; }');
      compile(
        folder,
        part,
        'const char *inner(void); const char *helper(void); const char *helper(void) { return inner(); }',
        [`-L${deep}`, '-Wl,--no-as-needed', `-linner-${part}`, `-Wl,-rpath,${deep}`],
      );
      expect(word(needing(folder, ['-Wl,-rpath,$ORIGIN'], folder))).toBe('inner');
    });

    test('may take functions from the plugin itself', () => {
      const folder = newFolder();
      compile(
        folder,
        part,
        'const char *callback(void); const char *helper(void); const char *helper(void) { return callback(); }',
      );
      const path = compile(
        folder,
        'giving',
        pluginSource({
          head: 'const char *helper(void); const char *callback(void); const char *callback(void) { return "given"; }',
          run: 'return plug_put(out, helper());',
        }),
        [`-L${folder}`, '-Wl,--no-as-needed', `-l${part}`, '-Wl,-rpath,$ORIGIN'],
      );
      expect(word(path)).toBe('given');
    });

    test('must not lie where others can replace it', () => {
      const [folder, open] = [newFolder(), newFolder('-open')];
      const needed = helper(open, 'theirs', [soname()]);
      const path = needing(folder, [`-Wl,-rpath,${open}`], open);
      chmodSync(open, 0o777);
      expect(refusal(path)).toEqual({
        code: 'ERR_UNTRUSTED_FILE',
        message: `open plugin ${path}: it needs lib${part}.so, which others can replace: ${open} may be written by everybody (mode 777)`,
        hint: `mend it with: chmod go-w ${open}; or allow it with --allow-writable (allowWritable)`,
      });
      expect(word(path, { allowWritable: true })).toBe('theirs');
      if (!isolate) return;
      chmodSync(open, 0o755);
      chmodSync(needed, 0o666);
      rmSync(proof, { force: true });
      expect(refusal(path).message).toContain(`${needed} may be written by everybody (mode 666)`);
    });

    test.skipIf(notRoot)(`must not belong to somebody else, even in a folder like /tmp${notRoot}`, () => {
      const sticky = newFolder('-sticky');
      const needed = helper(sticky, 'theirs', [soname()]);
      const path = needing(sticky, ['-Wl,-rpath,$ORIGIN'], sticky);
      chmodSync(sticky, 0o1777);
      chownSync(needed, 12345, 12345);
      expect(refusal(path).message).toBe(
        `open plugin ${path}: it needs lib${part}.so, which others can replace: ${needed} belongs to the user 12345, who is neither root nor you`,
      );
    });

    test.each([
      ['an open folder', 0o777, ''],
      ['a folder like /tmp', 0o1777, ''],
      ['a folder that is not there, and that others may make', 0o1777, '/not/there'],
    ])('must not be put by others into %s that is searched before', (_, mode, below) => {
      const [folder, open] = [newFolder(), newFolder('-first')];
      helper(folder, 'ours', [soname()]);
      const path = needing(folder, [`-Wl,-rpath,${open}${below}:$ORIGIN`], folder);
      chmodSync(open, mode);
      expect(refusal(path).message).toBe(
        `open plugin ${path}: it needs lib${part}.so, and others can put one where it is looked for: ${open} may be written by everybody (mode ${mode.toString(8)})`,
      );
    });

    test('must not be put by others where it is missing', () => {
      const [folder, open] = [newFolder(), newFolder('-open')];
      const made = helper(folder, 'ours', [soname()]);
      const path = needing(folder, [`-Wl,-rpath,${open}`], folder);
      rmSync(made);
      chmodSync(open, 0o777);
      expect(refusal(path).code).toBe('ERR_UNTRUSTED_FILE');
      chmodSync(open, 0o755);
      const missing = refusal(path);
      expect(missing.code).toBe('ERR_OPEN');
      expect(missing.message).toContain(`lib${part}.so: cannot open shared object file`);
    });

    test('is looked for by a path that names a file from here', () => {
      const folder = newFolder();
      mkdirSync(join(folder, 'part'), { mode: 0o755 });
      helper(join(folder, 'part'), 'by path');
      process.chdir(folder);
      const path = compile(
        folder,
        'slash',
        pluginSource({ head: 'const char *helper(void);', run: 'return plug_put(out, helper());' }),
        ['-Wl,--no-as-needed', join('part', `lib${part}.so`)],
      );
      expect(word(path)).toBe('by path');
    });

    test('is the one that the lock has, by its bytes', () => {
      const folder = newFolder();
      const needed = helper(folder, 'locked', [soname()]);
      const path = needing(folder, ['-Wl,-rpath,$ORIGIN'], folder);
      const lock = lockOf(path);
      expect(readLock(lock).plugins[0]?.needed).toEqual([
        { name: `lib${part}.so`, sha256: expect.stringMatching(/^[\da-f]{64}$/) },
      ]);
      expect(word(path, { lock })).toBe('locked');
      // Another name, which this process has not opened yet.
      const other = newFolder();
      copyFileSync(path, join(other, 'libneeding.so'));
      const changed = helper(other, 'changed', [soname()]);
      rmSync(proof, { force: true });
      const { code, message } = refusal(join(other, 'libneeding.so'), { lock, allowDuplicate: true });
      expect(code).toBe('ERR_LOCK');
      expect(message).toContain(`needs lib${part}.so, and that is not the one that it has: its sha256 is `);
      rmSync(changed);
      expect(refusal(join(other, 'libneeding.so'), { lock, allowDuplicate: true }).message).toContain(
        `needs lib${part}.so, which is not where it was`,
      );
      copyFileSync(needed, changed);
      if (isolate) expect(word(join(other, 'libneeding.so'), { lock, allowDuplicate: true })).toBe('locked');
    });

    test('must be in the lock, so one of an older host asks to be written anew', () => {
      const folder = newFolder();
      helper(folder, 'unlocked', [soname()]);
      const path = needing(folder, ['-Wl,-rpath,$ORIGIN'], folder);
      const lock = lockOf(path);
      const text = JSON.parse(readFileSync(lock, 'utf8'));
      delete text.plugins[0].needed;
      writeFileSync(lock, JSON.stringify(text));
      expect(refusal(path, { lock })).toEqual({
        code: 'ERR_LOCK',
        message: expect.stringMatching(
          new RegExp(`needs lib${part}\\.so with the sha256 [\\da-f]{64}, of which it does not know$`),
        ),
        hint: 'put the locked file back; or, if you trust what is there, write the lock anew with: plughost lock',
      });
    });
  },
);

describe.skipIf(noCompiler)(
  `two plugins that need libraries of one name${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    const make = () => {
      part = `helper-${number++}`;
      return ['first', 'second'].map((word) => {
        const folder = newFolder();
        helper(folder, word, [soname()]);
        return needing(folder, ['-Wl,-rpath,$ORIGIN'], folder, word);
      }) as [string, string];
    };

    test('each get their own when they are isolated', () => {
      const [one, two] = make();
      using first = loadPlugin(one, { isolate: true });
      using second = loadPlugin(two, { isolate: true });
      expect([first.run(), second.run()]).toEqual(['first', 'second']);
    });

    test('are not both loaded into this process, where the second would get that of the first', () => {
      const [one, two] = make();
      using first = loadPlugin(one);
      expect(first.run()).toBe('first');
      const needed = (path: string) => join(path, `../lib${part}.so`);
      const { code, message } = thrown(() => loadPlugin(two));
      expect({ code, message }).toEqual({
        code: 'ERR_OPEN',
        message: `plugin.Open("${two}"): ${two} needs ${needed(two)}, and got ${needed(one)} in its place`,
      });
    });
  },
);
