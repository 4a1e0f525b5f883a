import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatLock, loadPlugin, lockEntryOf } from '../../src/index.js';
import { wordsOf } from '../../src/loader/forms/words.js';
import { builtIn, host, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { documented } from '../remote/peers/plugins.js';
import { python, shell } from './programs.js';

const scratch = makeScratch();
const noAdapter = existsSync(builtIn('grpc')) ? '' : ' (skipped: libgrpc.so is not built)';

describe('the words of a command line', () => {
  it.each([
    ['', []],
    [' ./a  b ', ['./a', 'b']],
    [`./a 'b c' "d \\" e" f\\ g h'i'"j"`, ['./a', 'b c', 'd " e', 'f g', 'hij']],
    [`'' ""`, ['', '']],
    ['a\\$b $HOME *', ['a$b', '$HOME', '*']],
  ])('%j', (line, words) => {
    expect(wordsOf(line, 'load')).toEqual(words);
  });

  it.each(["'a", '"a', 'a\\', `a "b\\"`])('%j is refused', (line) => {
    expect(thrown(() => wordsOf(line, 'load'))).toMatchObject({ code: 'ERR_USAGE' });
  });
});

describe('a program that is no plugin', () => {
  it.each([
    ['grpc:', 'ERR_USAGE', 'no program is named'],
    ['grpc:plugin', 'ERR_USAGE', 'plugin is no path'],
    ['grpc:./there-is-none', 'ERR_REALPATH', 'no such file'],
    ['grpc:/', 'ERR_INPUT', 'it is no regular file'],
  ])('%s is refused before it runs', (source, code, words) => {
    const error = thrown(() => loadPlugin(source));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(words);
  });

  it('must be executable', () => {
    const path = join(scratch, 'plain');
    writeFileSync(path, '');
    expect(thrown(() => loadPlugin(`grpc:${path}`))).toMatchObject({
      code: 'ERR_INPUT',
      hint: `make it executable: chmod +x ${path}`,
    });
  });

  it('must not be writable by others', () => {
    const path = shell(scratch, 'open', 'exit 0');
    chmodSync(path, 0o777);
    expect(thrown(() => loadPlugin(`grpc:${path}`))).toMatchObject({ code: 'ERR_UNTRUSTED_FILE' });
  });

  it('runs in no sandbox', () => {
    const source = `grpc:${shell(scratch, 'any', 'exit 0')}`;
    expect(thrown(() => loadPlugin(source, { isolate: { sandbox: true } })).message).toContain(
      'no sandbox holds a program',
    );
  });

  it.skipIf(noAdapter).each([
    ['ends at once', 'echo about to fail >&2; exit 3', ['exited with status 3', 'about to fail']],
    ['prints something else', 'echo hello; exec sleep 100', ['no handshake', 'hello']],
    ['speaks an older protocol', 'echo "1|1|unix|/tmp/x|netrpc"; exec sleep 100', ['netrpc']],
    ['is of another version', 'echo "1|9|unix|/tmp/x|grpc"; exec sleep 100', ['version 9']],
    ['names no socket', 'echo "1|1|unix|/nowhere/socket|grpc"; exec sleep 100', ['/nowhere/socket']],
  ])('and %s is told apart', { timeout: 30_000 }, (_, text, words) => {
    const error = thrown(() => loadPlugin(`grpc:${shell(scratch, 'wicked', text)}`));
    expect(error).toMatchObject({ code: 'ERR_HANDSHAKE' });
    for (const word of words) expect(error.message).toContain(word);
  });
});

const fragile = python(
  scratch,
  'fragile',
  `import os
import time

import plughost

def keep(line):
    if b"die" in line:
        os._exit(3)
    if b"hang" in line:
        time.sleep(1000)
    if b"fail" in line:
        raise ValueError("it says so")
    return b"a" in line

def replace(line):
    if b"die" in line:
        os._exit(3)
    return plughost.DROP if line == b"drop" else line.upper() + b"\\nagain\\n" if line == b"two" else None

plughost.serve(plughost.Plugin(
    manifest={"id": "org.example.fragile", "name": "fragile", "version": "1.0.0"},
    filter=keep, transform=replace))
`,
);

const log = join(scratch, 'log');
writeFileSync(log, 'a1\nb\na2 die\na3\n\na4\n');

describe('a program that is a plugin', () => {
  it.skipIf(fragile.lacks)(`costs a line when it dies at it${fragile.lacks}`, { timeout: 60_000 }, async () => {
    const { status, stdout, stderr } = seen(await host(['run', log, '--filter', fragile.source]));
    expect([status, stdout]).toEqual([2, 'a1\na3\na4\n']);
    expect(stderr).toContain('host: plugin fragile: ');
    expect(stderr).toContain('exited with status 3');
    expect(stderr).toContain('line 3');
  });

  it.skipIf(fragile.lacks)(`costs a line when it hangs at it${fragile.lacks}`, { timeout: 60_000 }, async () => {
    writeFileSync(join(scratch, 'slow'), 'a1\na2 hang\na3\n');
    const args = ['run', join(scratch, 'slow'), '--filter', fragile.source, '--call-timeout', '1'];
    const { status, stdout, stderr } = seen(await host(args));
    expect([status, stdout]).toEqual([2, 'a1\na3\n']);
    expect(stderr).toContain('filter: it did not answer in time: ');
  });

  it.skipIf(fragile.lacks)(
    `ends the run with its own words when it fails${fragile.lacks}`,
    { timeout: 60_000 },
    async () => {
      writeFileSync(join(scratch, 'failing'), 'a1\na2 fail\na3\n');
      const { status, stderr } = seen(await host(['run', join(scratch, 'failing'), '--filter', fragile.source]));
      expect(status).toBe(2);
      expect(stderr).toContain('it says so');
    },
  );

  it.skipIf(fragile.lacks)(`replaces lines by one, several or none${fragile.lacks}`, { timeout: 60_000 }, async () => {
    writeFileSync(join(scratch, 'changed'), 'one\ntwo\ndrop\nfour');
    const { stdout } = seen(await host(['run', join(scratch, 'changed'), '--transform', fragile.source]));
    expect(stdout).toBe('one\nTWO\nagain\nfour\n');
  });

  const contains = python(scratch, 'contains', documented('py'));
  it.skipIf(contains.lacks)(
    `is known from the file beside it, for a lock too${contains.lacks}`,
    { timeout: 60_000 },
    () => {
      const path = contains.source.slice('grpc:'.length);
      const lock = join(scratch, 'lock');
      writeFileSync(lock, formatLock([]));
      expect(thrown(() => loadPlugin(contains.source, { lock })).hint).toContain('write the manifest into');
      writeFileSync(`${path}.plughost.json`, '{"id": "org.example.contains", "name": "mine", "version": "1.0.0"}');
      expect(thrown(() => loadPlugin(contains.source, { lock }))).toMatchObject({ code: 'ERR_LOCK' });
      writeFileSync(lock, formatLock([lockEntryOf(contains.source)]));
      using plugin = loadPlugin(contains.source, { lock, config: { text: 'x' } });
      expect([plugin.form, plugin.label, plugin.isolated, plugin.run()]).toEqual(['grpc', 'mine', true, 'Python 3']);
      expect(plugin.filter?.test('axb')).toBe(true);
      expect(plugin.filter?.test('ab')).toBe(false);
    },
  );

  it('leaves no process and no folder', () => {
    const left = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => {
        try {
          return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(scratch);
        } catch {
          return false;
        }
      });
    expect(left).toEqual([]);
  });
});
