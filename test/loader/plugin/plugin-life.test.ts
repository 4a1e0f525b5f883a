import { describe, expect, test } from 'vitest';
import { loadPlugin, onPluginLog, type Plugin, type PluginLogLine } from '../../../src/index.js';
import { compile, noCompiler, type PluginParts, pluginSource } from '../../helpers/compile.js';
import { rejected, thrown } from '../../helpers/thrown.js';
import { build, exported, polling, scratch, until } from './built-plugin.js';

describe.skipIf(noCompiler)(`a plugin${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  describe('lives from init to destroy', () => {
    const counting: PluginParts = {
      head: 'int32_t made, inits, destroyed; static int32_t initialised(void) { return inits++, PLUG_OK; }',
      init: 'return initialised();',
      destroy: 'destroyed++; if (made) free(plugin);',
    };
    const counts = (plugin: { path: string }) => [exported(plugin, 'inits'), exported(plugin, 'destroyed')];

    test('each of which is called once', () => {
      const plugin = loadPlugin(build(counting));
      expect(counts(plugin)).toEqual([1, 0]);
      plugin.close();
      plugin.close();
      plugin[Symbol.dispose]();
      expect(counts(plugin)).toEqual([1, 1]);
    });

    test('once for each instance of a factory', () => {
      const path = build(counting);
      const plugins = [loadPlugin(path), loadPlugin(path)];
      plugins[0]?.close();
      expect(counts({ path })).toEqual([2, 1]);
      plugins[1]?.close();
      expect(counts({ path })).toEqual([2, 2]);
    });

    test('which follows also when init failed', () => {
      const path = compile(
        scratch,
        'uninitialised',
        pluginSource({ ...counting, init: 'initialised(); return plug_fail(error, PLUG_ERROR_IO, "no socket");' }),
      );
      expect(thrown(() => loadPlugin(path)).message).toBe('plugin uninitialised: init: no socket (IO)');
      expect(counts({ path })).toEqual([1, 1]);
    });

    test('which follows also when the plugin turns out to be wrong after init', () => {
      const path = build({ ...counting, name: 'return 0;' });
      expect(thrown(() => loadPlugin(path)).code).toBe('ERR_PLUGIN_DATA');
      expect(counts({ path })).toEqual([1, 1]);
    });

    test('and every use after that is refused', async () => {
      const plugin = loadPlugin(compile(scratch, 'closed', pluginSource(counting)));
      plugin.close();
      const expected = {
        code: 'ERR_PLUGIN_CLOSED',
        message: 'plugin closed: run: it is closed',
        hint: 'load it again, or close it later',
      };
      expect(thrown(() => plugin.run())).toEqual(expected);
      expect(await rejected(plugin.runAsync())).toEqual(expected);
      expect(thrown(() => plugin.retain())).toEqual(expected);
      expect(plugin.closed).toBe(true);
    });

    test('which waits for the runs that use it', () => {
      const plugin = loadPlugin(compile(scratch, 'retained', pluginSource(counting)));
      plugin.retain();
      plugin.retain();
      expect(thrown(() => plugin.run()).code).toBe('ERR_PLUGIN_BUSY');
      plugin.close();
      plugin.release();
      expect(counts(plugin)).toEqual([1, 0]);
      plugin.release();
      expect(counts(plugin)).toEqual([1, 1]);
    });

    test('which waits for the calls that have begun, those in the queue among them', async () => {
      const plugin = loadPlugin(build(polling));
      const controller = new AbortController();
      const calls = [plugin.runAsync({ signal: controller.signal }), plugin.runAsync({ timeout: 1 })];
      await until(() => exported(plugin, 'started') === 1);
      plugin.close();
      expect(exported(plugin, 'destroyed')).toBe(0);
      controller.abort();
      await Promise.allSettled(calls);
      expect([exported(plugin, 'ended'), exported(plugin, 'destroyed')]).toEqual([2, 1]);
    });

    test('which init can rely on: it gets a host that tells the time and the options as JSON', () => {
      const path = build({
        head: 'static char config_text[99]; int32_t good;',
        init: `good = host->abi_major == PLUG_ABI_MAJOR && host->now_ns(host) > 0 && !host->extension(host, "none/1");
               memcpy(config_text, config.data, config.len); return PLUG_OK;`,
        run: 'return plug_put(out, config_text);',
      });
      const plugin = loadPlugin(path, { config: { key: 'ü', n: 1 } });
      expect([plugin.run(), exported(plugin, 'good')]).toEqual(['{"key":"ü","n":1}', 1]);
    });
  });

  describe('that is a data object', () => {
    test('is one instance, which is not initialised a second time', () => {
      const path = build({ shared: true, head: 'int32_t inits;', init: 'return inits++, PLUG_OK;' });
      const plugin = loadPlugin(path);
      const hint =
        'use the instance that is loaded; a plugin that is needed several times exports NewPlugin as a function';
      const message = `load plugin ${path}: NewPlugin is a data object, which is one instance, and`;
      expect(thrown(() => loadPlugin(path))).toEqual({
        code: 'ERR_PLUGIN_SHARED',
        message: `${message} it is loaded already`,
        hint,
      });
      plugin.close();
      expect(thrown(() => loadPlugin(path)).message).toBe(
        `${message} it was closed, after which it cannot be initialised again`,
      );
      expect(exported({ path }, 'inits')).toBe(1);
    });

    test('can be loaded again when it has neither init nor destroy', () => {
      const path = build({ shared: true });
      loadPlugin(path).close();
      expect(loadPlugin(path).run()).toBe('done');
      expect(thrown(() => loadPlugin(path)).code).toBe('ERR_PLUGIN_SHARED');
    });
  });

  test('that a factory gives twice is refused while the first owner has it', () => {
    const path = build({
      head: 'static plug_plugin only; int32_t ended;\n#define malloc(size) (void *)&only',
      destroy: 'ended++;',
    });
    const plugin = loadPlugin(path);
    expect(thrown(() => loadPlugin(path))).toMatchObject({
      code: 'ERR_TYPE_ASSERTION',
      message: expect.stringContaining(
        'NewPlugin gave an instance that is in use; a factory gives a fresh one each time',
      ),
    });
    expect([plugin.run(), exported(plugin, 'ended')]).toEqual(['done', 0]);
    plugin.close();
    expect(exported({ path }, 'ended')).toBe(1);
    // malloc may return the same address again.
    expect(loadPlugin(path).run()).toBe('done');
  });

  describe('that filters', () => {
    const parts: PluginParts = {
      head: `int32_t states, matches, freed, destroyed;
        static void *state_new(const plug_plugin *p, plug_error *e) { states++; return malloc(8); }
        static void state_free(const plug_plugin *p, void *s) { freed += !destroyed; free(s); }
        static int32_t match(const plug_plugin *p, void *s, const uint8_t *d, uint64_t n) {
          matches++; return n == 0 ? 1 : n == 1 ? d[0] - '0' : n == 2 ? PLUG_ERROR_INTERNAL : n == 3 ? PLUG_ERROR_PANIC : d[n - 1] == 0; }
        static const plug_filter filter = { .size = sizeof filter, .flags = PLUG_FILTER_LINEWISE,
          .state_new = state_new, .state_free = state_free, .match = match };`,
      extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : 0;',
      destroy: 'destroyed++; free(plugin);',
    };
    const load = (): Plugin => loadPlugin(build(parts));

    test('answers for single lines of text or bytes, with one state', () => {
      const plugin = load();
      const answers = ['0', '1', '', 'long\0', Buffer.from([255, 254, 253, 0])].map((line) =>
        plugin.filter?.test(line),
      );
      expect(answers).toEqual([false, true, true, true, true]);
      plugin.close();
      expect([exported(plugin, 'states'), exported(plugin, 'freed'), exported(plugin, 'destroyed')]).toEqual([1, 1, 1]);
    });

    test('makes no state before it is asked', () => {
      const plugin = load();
      plugin.close();
      expect([exported(plugin, 'states'), exported(plugin, 'freed')]).toEqual([0, 0]);
    });

    test('is not believed beyond yes and no', () => {
      const plugin = load();
      expect(thrown(() => plugin.filter?.test('7')).message).toBe(
        `plugin ${plugin.label}: match: it returned 7, and only 0 and 1 are answers`,
      );
      expect(thrown(() => plugin.filter?.test('22')).message).toBe(
        `plugin ${plugin.label}: match: no reason given (INTERNAL)`,
      );
    });

    test('is left alone after it panicked, its state too', () => {
      const plugin = load();
      expect(thrown(() => plugin.filter?.test('333')).message).toMatch(/match: no reason given \(PANIC\)$/);
      expect(thrown(() => plugin.filter?.test('1')).message).toMatch(/match: it broke in an earlier call \(PANIC\)$/);
      expect(thrown(() => plugin.run()).message).toMatch(/run: it broke in an earlier call \(PANIC\)$/);
      plugin.close();
      expect([exported(plugin, 'matches'), exported(plugin, 'freed'), exported(plugin, 'destroyed')]).toEqual([
        1, 0, 1,
      ]);
    });

    test('is closed with its plugin', () => {
      const plugin = load();
      plugin.close();
      expect(thrown(() => plugin.filter?.test('1')).message).toBe(`plugin ${plugin.label}: match: it is closed`);
    });

    test('tells why it has no state', () => {
      const head =
        parts.head?.replace('states++; return malloc(8);', 'plug_fail(e, PLUG_ERROR_NOMEM, "all gone"); return 0;') ??
        '';
      const plugin = loadPlugin(compile(scratch, 'stateless', pluginSource({ ...parts, head })));
      expect(thrown(() => plugin.filter?.test('1')).message).toBe('plugin stateless: state_new: all gone (NOMEM)');
    });
  });

  describe('that logs', () => {
    const path = noCompiler
      ? ''
      : compile(
          scratch,
          'logging',
          pluginSource({
            head: `static const plug_host *kept;
              static void say(int level, const char *text) { kept->log(kept, level, (plug_bytes){(const uint8_t *)text, strlen(text)}); }`,
            init: 'kept = host; say(PLUG_LOG_INFO, "ready"); return PLUG_OK;',
            run: 'say(PLUG_LOG_WARNING, "odd\\x1b[2J\\n"); say(99, "loud"); return PLUG_ERROR_IO;',
            destroy: 'say(PLUG_LOG_DEBUG, "bye"); free(plugin);',
          }),
        );

    test('is heard after each call, cleaned', () => {
      const lines: PluginLogLine[] = [];
      onPluginLog((line) => lines.push(line));
      const plugin = loadPlugin(path);
      expect(thrown(() => plugin.run()).code).toBe('ERR_PLUGIN_FAILED');
      plugin.close();
      onPluginLog(undefined);
      expect(lines).toEqual([
        { label: 'logging', level: 'info', message: 'ready' },
        { label: 'logging', level: 'warning', message: 'odd\\x1b[2J' },
        { label: 'logging', level: 'plugin-misbehaving', message: 'loud' },
        { label: 'logging', level: 'debug', message: 'bye' },
      ]);
    });

    test('fills a ring while nobody listens, and says how much was lost', () => {
      const plugin = loadPlugin(path);
      for (let i = 0; i < 2100; i++) thrown(() => plugin.run());
      const lines: PluginLogLine[] = [];
      onPluginLog((line) => lines.push(line));
      plugin.close();
      onPluginLog(undefined);
      expect(lines.length).toBe(4097);
      expect(lines.at(-1)).toEqual({
        label: 'plughost',
        level: 'warning',
        message: '106 lines of plugins were dropped',
      });
    });
  });
});
