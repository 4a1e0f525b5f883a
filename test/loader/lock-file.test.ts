import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { formatLock, loadPlugin, lockEntryOf, open, readLock, stats } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
const proof = join(scratch, 'ran');

function plugin(name: string, version = '1.0.0'): string {
  return compile(
    scratch,
    name,
    pluginSource({
      manifest: `{ "id": "org.example.${name}", "name": "${name}", "version": "${version}", "extensions": [] }`,
      head: `#include <stdio.h>
        __attribute__((constructor)) static void start(void) { fclose(fopen("${proof}", "w")); }`,
    }),
  );
}

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

let number = 0;
function lockOf(...paths: string[]): string {
  const file = join(scratch, `${number++}.lock`);
  writeFileSync(file, formatLock(paths.map(lockEntryOf)));
  return file;
}

describe.skipIf(noCompiler)(`a lock${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  beforeEach(() => rmSync(proof, { force: true }));

  test('says of each plugin what it is, in the order of their ids, without running them', () => {
    const [b, a] = [plugin('b'), plugin('a', '2.0.0')];
    const plain = compile(scratch, 'plain', 'int f(void) { return 1; }');
    expect(JSON.parse(readFileSync(lockOf(b, plain, a), 'utf8'))).toEqual({
      plughost: 'plugins.lock/1',
      plugins: [
        { id: 'libplain.so', version: '', file: 'libplain.so', sha256: sha256(plain), extensions: [] },
        { id: 'org.example.a', version: '2.0.0', file: 'liba.so', sha256: sha256(a), extensions: [] },
        { id: 'org.example.b', version: '1.0.0', file: 'libb.so', sha256: sha256(b), extensions: [] },
      ],
    });
    expect(existsSync(proof)).toBe(false);
  });

  test('lets those pass that it has, by its path or read before', () => {
    const [one, two] = [plugin('passes'), plugin('passes-too')];
    const file = lockOf(one, two);
    using first = loadPlugin(one, { lock: file });
    using second = loadPlugin(two, { lock: readLock(file) });
    expect([first.run(), second.run()]).toEqual(['done', 'done']);
    expect(open(one).sha256).toBe(sha256(one));
  });

  test('refuses what it does not have, before any of it runs', () => {
    const file = lockOf(plugin('known'));
    const path = plugin('stranger');
    expect(thrown(() => open(path, { lock: file }))).toEqual({
      code: 'ERR_LOCK',
      message: `check by the lock ${file}: it does not have org.example.stranger, which ${path} is`,
      hint: 'if you trust it, write the lock anew with: plughost lock',
    });
    expect(existsSync(proof)).toBe(false);
  });

  test('refuses other bytes, before any of them run, and says what it has', () => {
    const path = plugin('changes');
    const file = lockOf(path);
    const wanted = sha256(path);
    appendFileSync(path, 'x');
    expect(thrown(() => open(path, { lock: file }))).toEqual({
      code: 'ERR_LOCK',
      message: `check by the lock ${file}: ${path} is not the org.example.changes 1.0.0 that it has: its sha256 is ${sha256(path)}, not ${wanted}`,
      hint: 'put the locked file back; or, if you trust the new one, write the lock anew with: plughost lock',
    });
    expect(existsSync(proof)).toBe(false);
  });

  test('is asked of a library that is open already, too', () => {
    const [known, stranger, changed] = [plugin('open-known'), plugin('open-stranger'), plugin('open-changed')];
    const file = lockOf(known, changed);
    for (const path of [known, stranger, changed]) open(path);
    expect(open(known, { lock: file }).path).toBe(known);
    expect(thrown(() => open(stranger, { lock: file })).code).toBe('ERR_LOCK');
    const kept = `${changed}.kept`;
    copyFileSync(changed, kept);
    rmSync(changed);
    copyFileSync(kept, changed);
    expect(thrown(() => open(changed, { lock: file })).message).toBe(
      `check by the lock ${file}: ${changed} was changed since it was opened without a lock`,
    );
  });

  test('holds for what was checked, whatever happens to the file afterwards', () => {
    const path = plugin('afterwards');
    const file = lockOf(path);
    const library = open(path, { lock: file });
    appendFileSync(path, 'x');
    expect(open(path, { lock: file })).toBe(library);
    library.close();
    expect(thrown(() => open(path, { lock: file })).code).toBe('ERR_LOCK');
  });

  test('is asked when a library is opened again, and nothing is open after a refusal', () => {
    const [path, other] = [plugin('again'), plugin('again-other')];
    open(path).close();
    const before = stats().open;
    expect(thrown(() => open(path, { lock: lockOf(other) })).code).toBe('ERR_LOCK');
    expect(stats().open).toBe(before);
    expect(open(path, { lock: lockOf(path) }).generation).toBe(2);
  });

  test.each([
    ['a text', 'hello'],
    ['another JSON', '{"plugins": []}'],
    ['one of another version', '{"plughost": "plugins.lock/2", "plugins": []}'],
    [
      'one with a hash that is none',
      '{"plughost": "plugins.lock/1", "plugins": [{"id":"a","version":"","file":"a","sha256":"12","extensions":[]}]}',
    ],
  ])('that is %s is refused', (_, text) => {
    const file = join(scratch, `${number++}.lock`);
    writeFileSync(file, text);
    expect(thrown(() => readLock(file))).toEqual({
      code: 'ERR_LOCK',
      message: `check by the lock ${file}: it is no lock, or one of another version`,
      hint: 'write it anew with: plughost lock -o FILE PLUGIN…',
    });
  });

  test('that is not there is an error of the input', () => {
    expect(thrown(() => open(plugin('lockless'), { lock: '/nowhere/plugins.lock' })).code).toBe('ERR_INPUT');
    expect(existsSync(proof)).toBe(false);
  });
});
