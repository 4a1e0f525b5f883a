import { umask } from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { ContractViolationError, open, type Plugin, type PluginLogLine } from '../../src/index.js';
import type { LoadOptions } from '../../src/loader/plugin/load-options.js';
import { loadPlugin } from '../../src/loader/plugin/load-plugin.js';
import { onPluginLog } from '../../src/loader/plugin/log.js';
import { run } from '../../src/pipeline/run.js';
import { compile, makeScratch, noCompiler, type PluginParts, pluginSource } from '../helpers/compile.js';

const scratch = makeScratch();
let number = 0;

/** What a plugin does to the mode of its thread; the sum that it gives shows whether it had the host's. */
const MODES = {
  'tiny numbers as zero': '__builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);',
  'rounding upwards': 'fesetround(FE_UPWARD);',
  'less precision': '__asm__ volatile("fldcw %0" : : "m"((unsigned short){0x007f}));',
  'exceptions that trap': 'feenableexcept(FE_DIVBYZERO | FE_INVALID);',
} as const;
const onX86 = process.arch === 'x64';

const head = `#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
__attribute__((unused)) static void sums(char *text) {
  volatile double tiny = 5e-324, one = 1, three = 3, zero = 0;
  volatile long double third = (long double)one / three;
  sprintf(text, "%g %.20g %.22Lg %g", tiny * one, one / three, third, one / zero);
}`;
// The library of sums stands before what needs it.
const FLAGS = ['-D_GNU_SOURCE', '-O0', '-Wl,--no-as-needed', '-lm'];
const SUMS = '4.94066e-324 0.33333333333333331483 0.3333333333333333333424 inf';
const say = 'char text[128]; sums(text); plug_put(out, text);';

function load(parts: PluginParts, options: LoadOptions = {}): Plugin {
  const path = compile(
    scratch,
    `p${number++}`,
    pluginSource({ head, ...parts, run: parts.run ?? `${say} return 0;` }),
    FLAGS,
  );
  return loadPlugin(path, options);
}

/** The same in JavaScript, on this thread. */
const sumsHere = () => [5e-324 * Number('1'), Number('1') / Number('3'), Number('1') / Number('0')];
const RIGHT = [5e-324, 0.3333333333333333, Number.POSITIVE_INFINITY];

afterEach(() => onPluginLog(undefined));

describe.skipIf(noCompiler || !onX86).each(Object.entries(MODES))('%s, set by a plugin', (_, set) => {
  const atLoad = (body: string) => `${head}\n__attribute__((constructor)) static void at_load(void) { ${body} }`;

  it.each([false, true])('in a call of JavaScript, is the mode of no later call (isolated: %s)', async (isolate) => {
    for (const parts of [
      { head: atLoad(set) },
      { init: `${set} return 0;` },
      { name: `${set} return "Mode";` },
      { extension: `${set} return NULL;` },
      { run: `${say} ${set} return 0;` },
    ]) {
      using plugin = load(parts, { isolate });
      expect([plugin.run(), plugin.run()]).toEqual([SUMS, SUMS]);
      expect(sumsHere()).toEqual(RIGHT);
    }
  });

  it('on threads of the pool, where many calls come by, is not found by the next one', async () => {
    using plugin = load({ run: `${say} ${set} return 0;` });
    for (let i = 0; i < 8; i++) expect(await plugin.runAsync()).toBe(SUMS);
  });

  it.each([false, true])('for a line, is not the mode of the next line (isolated: %s)', async (isolate) => {
    const match = `static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  char text[128];
  sums(text);
  ${set}
  return strcmp(text, "${SUMS}") == 0;
}
static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .match = match};`;
    const extension = 'return strcmp(id, PLUG_FILTER) ? NULL : &filter;';
    using plugin = load({ head: `${head}\n${match}`, extension }, { isolate });
    expect([plugin.filter?.test('a'), plugin.filter?.test('b')]).toEqual([true, true]);
    expect(sumsHere()).toEqual(RIGHT);
    // Lines of a batch are asked before the mode is looked at, so a division by zero there ends the process, as it says.
    if (set === MODES['exceptions that trap']) return;
    const { kept } = await run([import.meta.filename], { stages: [{ filter: plugin as never }] });
    const { kept: all } = await run([import.meta.filename], {});
    expect(kept).toBe(all);
  });

  it('by a function that was looked up stays in that call', () => {
    const source = `#include <fenv.h>\n__attribute__((visibility("default"))) int set(void) { ${set} return 7; }`;
    const library = open(compile(scratch, `p${number++}`, source, FLAGS));
    expect(library.lookup('set', 'function').declare<() => number>('int', [])()).toBe(7);
    expect(sumsHere()).toEqual(RIGHT);
  });
});

it.skipIf(noCompiler || !onX86)(
  'a library that was linked for fast sums leaves those of JavaScript as they are',
  () => {
    const path = compile(scratch, 'fast', pluginSource({ head }), [...FLAGS, '-Ofast']);
    using plugin = loadPlugin(path);
    expect(plugin.run()).toBe('done');
    expect(String(5e-324)).toBe('5e-324');
  },
);

describe.skipIf(noCompiler)('what all of the process shares, changed by a plugin', () => {
  function told(): PluginLogLine[] {
    const lines: PluginLogLine[] = [];
    onPluginLog((line) => lines.push(line));
    return lines;
  }
  const line = (label: unknown, operation: string, what: string) => ({
    label,
    level: 'plugin-misbehaving',
    message: `${operation}: it changed what all of the process shares, which was put back: ${what}`,
  });

  it('is put back behind each call, and told with the call', () => {
    const lines = told();
    const folder = process.cwd();
    const mask = umask();
    using plugin = load({
      head: `${head}\n__attribute__((constructor)) static void at_load(void) { umask(0); if (chdir("/") != 0) _exit(9); }`,
      init: 'setlocale(LC_ALL, "C.UTF-8"); close(0); return 0;',
      name: 'signal(SIGTERM, SIG_IGN); return "Test";',
      run: 'setenv("PLUGHOST_TEST", "1", 1); return plug_put(out, getenv("PLUGHOST_TEST"));',
      destroy:
        'struct rlimit most = {9, 1 << 16}; getrlimit(RLIMIT_NOFILE, &most); most.rlim_cur = 9; setrlimit(RLIMIT_NOFILE, &most); free(plugin);',
    });
    expect(plugin.run()).toBe('1');
    plugin.close();
    const { label, path } = plugin;
    expect(lines).toEqual([
      line(path, 'load (a constructor of the library)', 'the working folder, the umask'),
      line(label, 'init', 'standard input, the locale'),
      line(label, 'load', 'what signals do'),
      line(label, 'run', 'the environment (PLUGHOST_TEST)'),
      line(label, 'destroy', 'the limit of open files'),
    ]);
    expect([process.cwd(), umask(), process.env.PLUGHOST_TEST]).toEqual([folder, mask, undefined]);
  });

  it('is put back although the call fails', () => {
    const lines = told();
    expect(() => load({ init: 'umask(0777); return PLUG_ERROR_CONFIG;' })).toThrow('the plugin refuses its options');
    expect(lines.map(({ message }) => message)).toEqual([
      'init: it changed what all of the process shares, which was put back: the umask',
    ]);
  });

  it('is no news when the embedding program changed it between calls', () => {
    const lines = told();
    using plugin = load({});
    const mask = umask(0o027);
    process.env.PLUGHOST_TEST = '1';
    try {
      plugin.run();
      expect([umask(), process.env.PLUGHOST_TEST]).toEqual([0o027, '1']);
    } finally {
      umask(mask);
      delete process.env.PLUGHOST_TEST;
    }
    plugin.close();
    expect(lines).toEqual([]);
  });

  it('ends a run when it is the locale, by which the other plugins write numbers', async () => {
    const match = `static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  setlocale(LC_ALL, "C.UTF-8");
  return 1;
}
static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .match = match};`;
    using plugin = load({ head: `${head}\n${match}`, extension: 'return strcmp(id, PLUG_FILTER) ? NULL : &filter;' });
    await expect(run([import.meta.filename], { stages: [{ filter: plugin as never }] })).rejects.toThrow(
      ContractViolationError,
    );
    const other = load({ run: 'return plug_put(out, setlocale(LC_ALL, NULL));' });
    expect(other.run()).toBe('C');
  });
});
