import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CancelledError, loadPlugin } from '../../../src/index.js';
import { compile, noCompiler, pluginSource } from '../../helpers/compile.js';
import { errorOf, rejected, thrown } from '../../helpers/thrown.js';
import { build, exported, polling, scratch, until } from './built-plugin.js';

describe.skipIf(noCompiler)(`a plugin${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test('shows its name, its label and where it comes from', () => {
    const manifest = '{ "id": "org.example.shown", "name": "shown", "version": "1.2.3" }';
    const path = build({ manifest, name: 'return "Größe";' });
    expect(loadPlugin(path)).toMatchObject({
      name: 'Größe',
      label: 'shown',
      id: 'org.example.shown',
      path,
      manifest: { id: 'org.example.shown', name: 'shown', version: '1.2.3' },
    });
  });

  test('is called by its file when it has no manifest', () => {
    const path = compile(scratch, 'unlabelled', pluginSource());
    expect(loadPlugin(path)).toMatchObject({ label: 'unlabelled', id: path, manifest: undefined });
  });

  describe('name', () => {
    test.each([
      ['null', 'return 0;', 'what it gave is no text that ends within 256 bytes'],
      ['at a wild address', 'return (const char *)16;', 'what it gave is no text that ends within 256 bytes'],
      [
        'without an end',
        'static char text[600]; return memset(text, 65, 600);',
        'what it gave is no text that ends within 256 bytes',
      ],
      ['empty', 'return " ";', 'the text it gave is empty'],
      ['not UTF-8', 'return "\\xff";', 'the text it gave is not UTF-8'],
      ['with control characters', 'return "a\\x1b[31mb";', 'the text it gave cannot be printed'],
    ])('that is %s is refused', (_, name, reason) => {
      const path = build({ name });
      expect(thrown(() => loadPlugin(path))).toMatchObject({
        code: 'ERR_PLUGIN_DATA',
        message: expect.stringMatching(new RegExp(`^plugin plugin\\d+: name: ${reason}$`)),
      });
    });

    test('may be as long as 256 bytes, and end where the memory ends', () => {
      const path = build({
        head: '#include <sys/mman.h>',
        name: `char *pages = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
               munmap(pages + 4096, 4096); memset(pages + 4096 - 257, 'x', 256); return pages + 4096 - 257;`,
      });
      expect(loadPlugin(path).name).toBe('x'.repeat(256));
    });
  });

  describe('run', () => {
    test('gives what the plugin wrote, with NUL and all', () => {
      const path = build({ run: 'plug_put(out, "a"); out->write(out, "\\0b\\n", 3); return plug_put(out, "ü");' });
      expect(loadPlugin(path).run()).toBe('a\0b\nü');
    });

    test('gives what was built in place', () => {
      const path = build({
        run: 'uint8_t *room = out->reserve(out, 10); memcpy(room, "in place", 8); return out->commit(out, 8);',
      });
      expect(loadPlugin(path).run()).toBe('in place');
    });

    test('gives a large text whole', () => {
      const run =
        'static char text[1 << 20]; memset(text, 120, sizeof text); for (int i = 0; i < 64; i++) out->write(out, text, sizeof text); return 0;';
      expect(loadPlugin(build({ run })).run()).toBe('x'.repeat(64 << 20));
    });

    test('refuses bytes that are not UTF-8', () => {
      expect(
        thrown(() =>
          loadPlugin(compile(scratch, 'bytes', pluginSource({ run: 'return out->write(out, "a\\xff", 2);' }))).run(),
        ),
      ).toEqual({
        code: 'ERR_PLUGIN_DATA',
        message: 'plugin bytes: run: it wrote bytes that are not UTF-8',
        hint: 'this is a fault of the plugin; tell its author',
      });
    });

    test('tells every failure by the name of its status and in the words of the plugin', () => {
      const run = `static const int32_t statuses[] = { -1, -2, -3, -4, -5, -6, -7, -9, -77 };
        static int next; return plug_fail(error, statuses[next++], "as said\\x1b[2J\\n");`;
      const plugin = loadPlugin(compile(scratch, 'failing', pluginSource({ run })));
      const messages = Array.from({ length: 9 }, () => thrown(() => plugin.run()).message);
      expect(messages).toEqual(
        ['INVALID', 'CONFIG', 'NOMEM', 'IO', 'AGAIN', 'CANCELLED', 'ABI', 'INTERNAL', 'status -77'].map(
          (name) => `plugin failing: run: as said\\x1b[2J (${name})`,
        ),
      );
      expect(errorOf(() => loadPlugin(build({ run: 'return -4;' })).run())).toMatchObject({
        code: 'ERR_PLUGIN_FAILED',
        operation: 'run',
        status: 'IO',
        message: expect.stringMatching(/^plugin plugin\d+: run: no reason given \(IO\)$/),
      });
    });

    test('does not believe the length of a message', () => {
      const run = 'memset(error->message, 65, sizeof error->message); error->len = 4000000000u; return PLUG_ERROR_IO;';
      expect(thrown(() => loadPlugin(compile(scratch, 'long-message', pluginSource({ run }))).run()).message).toBe(
        `plugin long-message: run: ${'A'.repeat(492)} (IO)`,
      );
    });

    test('refuses a status that says more than success', () => {
      const run = 'return 3;';
      expect(thrown(() => loadPlugin(compile(scratch, 'more', pluginSource({ run }))).run())).toEqual({
        code: 'ERR_CONTRACT_VIOLATION',
        message: 'plugin more: run: it returned the status 3, which it cannot',
        hint: 'this is a fault of the plugin; tell its author',
      });
    });

    test('leaves nothing of a failed call in the next', () => {
      const run = 'static int calls; plug_put(out, "x"); return calls++ ? 0 : PLUG_ERROR_IO;';
      const plugin = loadPlugin(build({ run }));
      expect(thrown(() => plugin.run()).code).toBe('ERR_PLUGIN_FAILED');
      expect(plugin.run()).toBe('x');
    });

    const deep =
      'volatile char frame[1536 * 1024]; memset((char *)frame, 7, sizeof frame); return plug_put(out, frame[9000] == 7 ? "deep" : "");';

    test('has room for a large stack frame, on this thread and on another', async () => {
      const plugin = loadPlugin(build({ run: deep }));
      expect([plugin.run(), await plugin.runAsync()]).toEqual(['deep', 'deep']);
    });
  });

  describe('that panicked', () => {
    test('takes no call any more but its end', () => {
      const path = compile(
        scratch,
        'panicking',
        pluginSource({
          head: 'int32_t runs, destroyed;',
          run: 'runs++; return plug_fail(error, PLUG_ERROR_PANIC, "index out of bounds");',
          destroy: 'destroyed++; free(plugin);',
        }),
      );
      const plugin = loadPlugin(path);
      expect(thrown(() => plugin.run()).message).toBe('plugin panicking: run: index out of bounds (PANIC)');
      expect(thrown(() => plugin.run())).toEqual({
        code: 'ERR_PLUGIN_FAILED',
        message: 'plugin panicking: run: it broke in an earlier call (PANIC)',
        hint: 'close it and load it again',
      });
      plugin.close();
      expect([exported(plugin, 'runs'), exported(plugin, 'destroyed')]).toEqual([1, 1]);
      expect(thrown(() => loadPlugin(path).run()).message).toBe('plugin panicking: run: index out of bounds (PANIC)');
    });
  });

  describe('runAsync', () => {
    test('gives what run gives, while JavaScript goes on', async () => {
      const plugin = loadPlugin(build(polling));
      const controller = new AbortController();
      const call = plugin.runAsync({ signal: controller.signal });
      await until(() => exported(plugin, 'started') === 1);
      controller.abort(new Error('seen enough'));
      const error = await call.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CancelledError);
      expect(error).toMatchObject({ message: `run ${plugin.label}: cancelled`, cause: { message: 'seen enough' } });
      expect(exported(plugin, 'ended')).toBe(1);
    });

    test('tells failures as run does', async () => {
      const plugin = loadPlugin(
        compile(scratch, 'async-failing', pluginSource({ run: 'return plug_fail(error, PLUG_ERROR_IO, "no disk");' })),
      );
      expect((await rejected(plugin.runAsync())).message).toBe('plugin async-failing: run: no disk (IO)');
    });

    test('waits its turn: calls of one plugin never overlap', async () => {
      const run = 'running++; if (running > most) most = running; usleep(3000); running--; return plug_put(out, "x");';
      const plugin = loadPlugin(build({ head: '#include <unistd.h>\nint32_t running, most;', run }));
      expect(await Promise.all(Array.from({ length: 8 }, () => plugin.runAsync()))).toEqual(Array(8).fill('x'));
      expect(exported(plugin, 'most')).toBe(1);
    });

    test('goes on with the next call after one has failed', async () => {
      const run = 'static int calls; return calls++ ? plug_put(out, "x") : PLUG_ERROR_IO;';
      const plugin = loadPlugin(build({ run }));
      const results = await Promise.allSettled([plugin.runAsync(), plugin.runAsync()]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    });

    test('keeps synchronous calls out until it has ended', async () => {
      const plugin = loadPlugin(compile(scratch, 'busy', pluginSource(polling)));
      const controller = new AbortController();
      const call = plugin.runAsync({ signal: controller.signal });
      expect(thrown(() => plugin.run())).toEqual({
        code: 'ERR_PLUGIN_BUSY',
        message: 'plugin busy: run: another call of it is running',
        hint: 'await that call first, or use runAsync, which waits its turn',
      });
      expect(thrown(() => plugin.retain()).code).toBe('ERR_PLUGIN_BUSY');
      controller.abort();
      expect((await rejected(call)).code).toBe('ERR_CANCELLED');
      plugin.retain();
      plugin.release();
    });

    test('of different plugins run beside each other', async () => {
      const [a, b] = [loadPlugin(build(polling)), loadPlugin(build(polling))];
      const controller = new AbortController();
      const calls = [a, b].map((plugin) => plugin.runAsync({ signal: controller.signal }));
      await until(() => exported(a, 'started') === 1 && exported(b, 'started') === 1);
      controller.abort();
      expect((await Promise.allSettled(calls)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    });
  });

  describe('a call that is cancelled', () => {
    test('before it began does not reach the plugin', async () => {
      const plugin = loadPlugin(
        compile(scratch, 'untouched', pluginSource({ head: 'int32_t runs;', run: 'return runs++, 0;' })),
      );
      const signal = AbortSignal.abort(new Error('too late'));
      const expected = { code: 'ERR_CANCELLED', message: 'run untouched: cancelled', hint: undefined };
      expect(thrown(() => plugin.run({ signal }))).toEqual(expected);
      expect(await rejected(plugin.runAsync({ signal }))).toEqual(expected);
      expect(exported(plugin, 'runs')).toBe(0);
    });

    test('by its timeout ends, on this thread and on another', async () => {
      const plugin = loadPlugin(compile(scratch, 'slow', pluginSource(polling)));
      const expected = {
        code: 'ERR_CANCELLED',
        message: 'run slow: cancelled',
        hint: 'the time was over; allow more with a larger timeout',
      };
      expect(thrown(() => plugin.run({ timeout: 20 }))).toEqual(expected);
      expect(await rejected(plugin.runAsync({ timeout: 20 }))).toEqual(expected);
    });

    test('knows its deadline', () => {
      const run = 'return plug_put(out, ctx->deadline_ns ? "deadline" : "none");';
      const plugin = loadPlugin(build({ run }));
      expect([plugin.run(), plugin.run({ timeout: 0 }), plugin.run({ timeout: 60_000 })]).toEqual([
        'none',
        'none',
        'deadline',
      ]);
    });

    test('too late gives its result all the same', async () => {
      const controller = new AbortController();
      const run = 'started++; while (!plug_cancelled(ctx)) usleep(500); return plug_put(out, "finished");';
      const plugin = loadPlugin(build({ head: '#include <unistd.h>\nint32_t started;', run }));
      const call = plugin.runAsync({ signal: controller.signal });
      await until(() => exported(plugin, 'started') === 1);
      controller.abort();
      expect(await call).toBe('finished');
    });

    test.each([Number.NaN, -1])('by a timeout of %d is refused', (timeout) => {
      const plugin = loadPlugin(build({}));
      expect(thrown(() => plugin.run({ timeout })).message).toBe(
        `run ${plugin.label}: options.timeout: a number of milliseconds from 0 to 86400000 is needed, not ${timeout}`,
      );
    });
  });
});

const built = fileURLToPath(new URL('../../../build/plugins/', import.meta.url));
const notBuilt = existsSync(built) ? undefined : 'build/plugins is not there';

describe.skipIf(notBuilt)(`the plugins that come with the host${notBuilt ? ` (skipped: ${notBuilt})` : ''}`, () => {
  const greetings = [
    ['greet', 'Hello from plugin'],
    ['greet-direct', 'Hello from a data object'],
    ['greet-rust', 'Hello from Rust'],
  ].filter(([name]) => existsSync(`${built}lib${name}.so`));

  test.each(greetings)('%s greets', async (name, greeting) => {
    using plugin = loadPlugin(`${built}lib${name}.so`);
    expect([plugin.name, plugin.label, plugin.run(), await plugin.runAsync()]).toEqual([
      'Greeting',
      name,
      greeting,
      greeting,
    ]);
  });
});
