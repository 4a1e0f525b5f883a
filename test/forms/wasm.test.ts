import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { discover, loadPlugin, lockEntryOf } from '../../src/index.js';
import { host, ROOT, seen } from '../e2e/command.js';
import { makeScratch, pluginSource } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { compileWasm, withoutWasm, withoutZig } from '../helpers/wasm.js';

const scratch = makeScratch();
const PLACES = ['in-process', 'isolated', 'sandboxed'];
const REDACT = ['redact', 'replace', 'marks', 'line', 'escapes', 'values']
  .map((name) => `plugins-c/redact/${name}.c`)
  .concat(
    ['addresses', 'emails', 'tokens', 'secrets', 'names', 'cards'].map((name) => `plugins-c/redact/finders/${name}.c`),
  );
const SHARED = '-DPLUGHOST_NEWPLUGIN_IS_DATA';
const ID = '"id": "org.example.x", "name": "x", "version": "1.0.0"';

/** A filter that does harm when a line begins with a letter: a trap, a loop, deep recursion, memory without end. */
const HARMFUL = pluginSource({
  manifest: `{ ${ID} }`,
  head: `
static int deep(int n);
static int (*volatile again)(int) = deep;
static int deep(int n) { volatile char room[64]; room[n & 63] = 1; return again(n + 1) + room[n & 31]; }
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *line, uint64_t len) {
  volatile int one = 1;
  if (len > 0 && line[0] == 't') __builtin_trap();
  if (len > 0 && line[0] == 'l') for (;;) one = one + 1;
  if (len > 0 && line[0] == 'd') return deep(0) != 0;
  if (len > 0 && line[0] == 'm') for (;;) { void *volatile room = malloc(1 << 20); if (!room) __builtin_trap(); }
  return 1;
}
static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .match = match};`,
  extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : NULL;',
});

/** Counts lines, logs, and gives literals. Its filter keeps every second line that has a 1 or a 2. */
const COUNTING = pluginSource({
  manifest: `{ ${ID} }`,
  head: `
static const plug_host *host_;
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *line, uint64_t len) {
  return ++*(int *)state % 2;
}
static void *state_new(const plug_plugin *plugin, plug_error *error) { return calloc(1, sizeof(int)); }
static void state_free(const plug_plugin *plugin, void *state) {}
static int32_t literal(const plug_plugin *plugin, uint32_t index, plug_bytes *text) {
  static const char *const texts[] = {"1", "2"};
  if (index > 1) return 0;
  *text = (plug_bytes){(const uint8_t *)texts[index], 1};
  return 1;
}
static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_ORDERED, .match = match,
  .literal = literal, .state_new = state_new, .state_free = state_free};`,
  init: 'host_ = host; host->log(host, PLUG_LOG_WARNING, (plug_bytes){(const uint8_t *)"begun", 5}); return host->now_ns(host) ? PLUG_OK : PLUG_ERROR_IO;',
  run: 'host_->log(host_, PLUG_LOG_WARNING, (plug_bytes){(const uint8_t *)"ran", 3}); return plug_fail(error, PLUG_ERROR_IO, "no text");',
  extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : NULL;',
});

describe.skipIf(withoutWasm)(`a WebAssembly module${withoutWasm}`, { timeout: 120_000 }, () => {
  let contains = '';
  let harmful = '';
  beforeAll(() => {
    contains = compileWasm(scratch, 'contains', ['plugins-c/contains/contains.c', 'native/search/finder.c']);
    harmful = compileWasm(scratch, 'harmful', [HARMFUL]);
  }, 300_000);

  it('of contains keeps the lines of the library in every place', async () => {
    const input = join(ROOT, 'samples/access.log');
    for (const text of ['GET', ' 404 ', '', 'not there']) {
      const by = ['-p', `text=${text}`];
      const wanted = seen(await host(['run', input, '--filter', 'contains', ...by]));
      for (const place of PLACES)
        expect(seen(await host(['run', input, '--filter', contains, ...by, '--boundary', place])), place).toEqual(
          wanted,
        );
    }
  });

  it('of redact, jsonl and csv makes the bytes of the libraries in every place', async () => {
    const input = join(ROOT, 'samples/access.log');
    const redact = compileWasm(scratch, 'redact', REDACT);
    const jsonl = compileWasm(scratch, 'jsonl', ['plugins-c/jsonl/jsonl.c'], [SHARED]);
    const csv = compileWasm(scratch, 'csv', ['plugins-c/csv/csv.c']);
    for (const [flag, name, module] of [
      ['--transform', 'redact', redact],
      ['--export', 'jsonl', jsonl],
      ['--export', 'csv', csv],
    ] as const) {
      const wanted = seen(await host(['run', input, flag, name]));
      expect(wanted).toMatchObject({ status: 0, stderr: '' });
      for (const place of PLACES)
        expect(seen(await host(['run', input, flag, module, '--boundary', place])), `${name} ${place}`).toEqual(wanted);
    }
  });

  it('shows matches, when the plugin finds spans', async () => {
    const by = ['-p', 'text=ab', '-o'];
    const input = join(scratch, 'spans.log');
    writeFileSync(input, 'ab xabab\nnone\nab\n');
    const { stdout, status } = seen(await host(['run', input, '--filter', contains, ...by]));
    const wanted = seen(await host(['run', input, '--filter', 'contains', ...by]));
    expect([status, stdout]).toEqual([wanted.status, wanted.stdout]);
  });

  it('has options, whose errors are those of the plugin', () => {
    expect(thrown(() => loadPlugin(contains))).toMatchObject({ code: 'ERR_CONFIG' });
    expect(thrown(() => loadPlugin(contains, { config: { text: 'a\nb' } }))).toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('the option "text" has a newline in it'),
    });
    using plugin = loadPlugin(contains, { config: { text: 'a b' } });
    expect([plugin.form, plugin.label, plugin.run()]).toEqual(['wasm', 'contains', 'Keeps the lines that contain a b']);
  });

  it('logs, has its errors, gives literals, and may want all lines in order', async () => {
    const counting = compileWasm(scratch, 'counting', [COUNTING]);
    const input = join(scratch, 'numbers.log');
    writeFileSync(input, Array.from({ length: 1000 }, (_, i) => `${i}\n`).join(''));
    const hinted = Array.from({ length: 1000 }, (_, i) => `${i}\n`).filter((line) => /[12]/.test(line));
    for (const place of PLACES) {
      const made = seen(await host(['run', input, '--filter', counting, '-j', '2', '--boundary', place]));
      expect(made.stdout, place).toBe(hinted.filter((_, i) => i % 2 === 0).join(''));
      // Each process of a plugin initialises it.
      expect(made.stderr.match(/begun/g)?.length, made.stderr).toBe(place === 'in-process' ? 1 : 2);
      const loaded = seen(await host(['load', counting, '--boundary', place]));
      expect(loaded.stderr, place).toMatch(/begun.*ran/s);
      expect(loaded.stderr, place).toContain('no text');
    }
  });

  it('that traps, loops or takes all memory ends the run in-process, and costs a line elsewhere', async () => {
    const input = join(scratch, 'bad.log');
    for (const bad of ['t', 'd', 'm']) {
      writeFileSync(input, `a\n${bad}\nb\n`);
      const inside = seen(await host(['run', input, '--filter', harmful]));
      expect([inside.status, inside.stderr]).toEqual([2, expect.stringMatching(/it trapped.*\(PANIC\)/)]);
      for (const place of PLACES.slice(1)) {
        const made = seen(await host(['run', input, '--filter', harmful, '--boundary', place]));
        expect([made.stdout, made.stderr], place).toEqual(['a\nb\n', expect.stringMatching(/line 2/)]);
      }
    }
    writeFileSync(input, 'a\nloop\nb\n');
    const by = ['--sandbox', '--call-timeout', '0.3'];
    const made = seen(await host(['run', input, '--filter', harmful, ...by]));
    expect([made.stdout, made.stderr]).toEqual(['a\nb\n', expect.stringMatching(/line 2/)]);
  });

  it('is broken after a trap, for all further calls', () => {
    using plugin = loadPlugin(harmful, { needs: ['filter'] });
    expect(plugin.filter.test('a')).toBe(true);
    expect(thrown(() => plugin.filter.test('trap')).message).toContain('(PANIC)');
    expect(thrown(() => plugin.filter.test('a'))).toMatchObject({ code: 'ERR_PLUGIN_FAILED' });
  });

  it('that is invalid is refused with the reason, in every place', async () => {
    const bytes = readFileSync(contains);
    // An opcode that there is not, in the last function.
    const damaged = join(scratch, 'damaged.wasm');
    const code = Buffer.from(bytes);
    code[code.lastIndexOf(Buffer.from([0x0b, 0x0b])) - 1] = 0xff;
    writeFileSync(damaged, code);
    const printing = compileWasm(scratch, 'printing', [
      `#include <stdio.h>\n${pluginSource({ manifest: `{ ${ID} }`, run: 'return puts("hello");' })}`,
    ]);
    for (const isolate of [false, true, { sandbox: true }]) {
      const config = { text: 'x' };
      expect(thrown(() => loadPlugin(damaged, { isolate, config }))).toMatchObject({ code: 'ERR_WASM' });
      expect(thrown(() => loadPlugin(printing, { isolate }))).toMatchObject({
        code: 'ERR_WASM',
        message: expect.stringMatching(/it imports "wasi_snapshot_preview1" "\w+", and there is nothing to import but/),
      });
    }
  });
});

describe.skipIf(withoutZig)(`the file of a module${withoutZig}`, { timeout: 120_000 }, () => {
  let module = '';
  beforeAll(() => {
    module = compileWasm(scratch, 'shown', ['plugins-c/noop/noop.c']);
  }, 300_000);

  it('is shown by inspect, with what it imports and exports', async () => {
    const { stdout, status } = seen(await host(['inspect', module]));
    expect(status).toBe(0);
    expect(stdout).toMatch(/format +WebAssembly, 32 bits, little endian\n +built for +wasm32 unknown\n/);
    expect(stdout).toMatch(/plugin +noop 0\.1\.0 \(org\.plughost\.noop\)/);
    expect(stdout).toMatch(
      /contract +version 1\.2\n +compiler +clang .*wasm32-wasi\n +imports +plughost log\n +plughost now_ns\n/,
    );
    expect(stdout).toMatch(/files +shown\.wasm, sha256 [0-9a-f]{64}/);
    expect(stdout).toMatch(/function +plughost_match_batch\n/);
    const { form, library } = JSON.parse(seen(await host(['inspect', module, '--json'])).stdout);
    expect([form, library.format, library.imports.length]).toEqual(['wasm', 'WebAssembly', 2]);
  });

  it('is found by name, listed and locked', () => {
    expect(discover(scratch).find(({ path }) => path === module)).toMatchObject({
      name: 'shown',
      form: 'wasm',
      manifest: { id: 'org.plughost.noop' },
      error: undefined,
    });
    expect(lockEntryOf(module)).toMatchObject({ id: 'org.plughost.noop', file: 'shown.wasm' });
    // Its first bytes say what it is, whatever its name.
    const other = join(scratch, 'module.js');
    copyFileSync(module, other);
    expect(lockEntryOf(other)).toMatchObject({ id: 'org.plughost.noop' });
  });

  it('is refused by the reason when it holds no manifest', () => {
    const bare = join(scratch, 'bare.wasm');
    writeFileSync(
      bare,
      Buffer.from(readFileSync(module, 'latin1').replaceAll('plug_manifest', 'plug_manifesT'), 'latin1'),
    );
    expect(thrown(() => lockEntryOf(bare))).toMatchObject({ code: 'ERR_WASM' });
    const empty = join(scratch, 'empty.wasm');
    writeFileSync(empty, '');
    expect(thrown(() => lockEntryOf(empty))).toMatchObject({ code: 'ERR_WASM' });
    const large = join(scratch, 'large.wasm');
    writeFileSync(large, Buffer.concat([readFileSync(module), Buffer.alloc(4 << 20)]));
    expect(thrown(() => lockEntryOf(large)).message).toContain('it is larger than 4 MiB');
  });
});
