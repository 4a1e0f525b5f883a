import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatLock, lockEntryOf } from '../../src/index.js';
import { loadWith } from '../../src/loader/plugin/load-plugin.js';
import { exec } from '../e2e/command.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

// An isolated plugin is read once, into the copy that is judged and that its processes load.

const scratch = makeScratch();
const proof = join(scratch, 'evil-ran');
const manifest = (id: string) =>
  `{ "id": "org.example.${id}", "name": "${id}", "version": "1.0.0", "config": { "properties": { "n": { "type": "integer" } } } }`;
const evil = `#include <stdio.h>
  __attribute__((constructor)) static void start(void) { fclose(fopen("${proof}", "w")); }`;

const noStrace = spawnSync('strace', ['-V']).error ? 'strace is not installed' : undefined;
const missing = noCompiler ?? noStrace ?? (process.env.LD_PRELOAD ? 'strace cannot follow a sanitizer' : undefined);

describe.skipIf(missing)(`an isolated plugin${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test.each([
    ['without a lock', false],
    ['with a lock', true],
  ])('is opened and copied once by the command, %s', async (_, locked) => {
    const path = compile(scratch, `once-${locked}`, pluginSource({ manifest: manifest(`once-${locked}`) }));
    const lock = join(scratch, 'plugins.lock');
    writeFileSync(lock, formatLock([lockEntryOf(path)]));
    const trace = join(scratch, `trace-${locked}`);
    const host = [join(import.meta.dirname, '../../bin/host.js'), 'load', path, '--isolate', '-p', 'n=1'];
    const outcome = await exec('strace', [
      ...['-f', '-qq', '-e', 'trace=open,openat,memfd_create', '-o', trace, process.execPath],
      ...[...host, ...(locked ? ['--require-lock', lock] : [])],
    ]);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    const calls = readFileSync(trace, 'utf8').split('\n');
    const opened = calls.filter((call) => call.includes(`"${path}"`));
    const copied = calls.filter((call) => /memfd_create\("libonce-/.test(call));
    expect([opened.length, copied.length]).toEqual([1, 1]);
  });
});

describe.skipIf(noCompiler)(
  `a file that is replaced after it was judged${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    const places: [string, true | { sandbox: true }][] = [['isolated', true]];
    // A sanitizer needs what the sandbox refuses.
    if (!process.env.LD_PRELOAD) places.push(['in a sandbox', { sandbox: true }]);
    test.each(places)('never runs, %s, and what was judged does', (how, isolate) => {
      const name = `replaced-${how.replaceAll(' ', '-')}`;
      const path = compile(
        scratch,
        name,
        pluginSource({ manifest: manifest(name), run: 'return plug_put(out, "judged");' }),
      );
      const other = compile(scratch, `evil-${name}`, pluginSource({ manifest: manifest(name), head: evil }));
      using plugin = loadWith(path, { isolate }, () => {
        renameSync(other, path);
        return '{}';
      });
      expect([plugin.run(), existsSync(proof)]).toEqual(['judged', false]);
    });
  },
);
