import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host } from '../e2e/command.js';
import { compile, include, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

const folder = makeScratch();
const sanitized = process.env.LD_PRELOAD !== undefined;

describe.skipIf(noCompiler || sanitized)('a symbol that the program has too', () => {
  // Node exports a function of this name.
  const source = pluginSource({
    head: `unsigned long crc32(unsigned long sum, const unsigned char *data, unsigned len);
unsigned long crc32(unsigned long sum, const unsigned char *data, unsigned len) { return (void)sum, (void)data, (void)len, 42; }`,
    run: 'return plug_put(out, crc32(0, (const unsigned char *)"abc", 3) == 42 ? "mine" : "another");',
  });

  it("is named when the plugin would get the program's", async () => {
    const plugin = compile(folder, 'shows', source);
    const outcome = await host(['load', plugin]);
    expect(outcome.stdout.toString()).toBe('Test\nanother\n');
    expect(outcome.stderr).toMatch(
      /PLUGHOST_REPLACED_SYMBOL.*libshows\.so has crc32 of its own, and uses those of the program/,
    );
    const inspected = await host(['inspect', plugin]);
    expect(inspected.stdout.toString()).toMatch(/replaced by the program's +crc32/);
    // A runner is another program, which does not export this symbol.
    expect((await host(['load', plugin, '--isolate'])).stdout.toString()).toBe('Test\nmine\n');
  });

  it.each(['-fvisibility=hidden', '-Wl,-Bsymbolic', '-Wl,-Bsymbolic-functions'])(
    "is the plugin's own with %s",
    async (flag) => {
      const plugin = compile(folder, 'keeps', source, [flag]);
      const outcome = await host(['load', plugin]);
      expect({ stdout: outcome.stdout.toString(), stderr: outcome.stderr }).toEqual({
        stdout: 'Test\nmine\n',
        stderr: '',
      });
      expect((await host(['inspect', plugin])).stdout.toString()).not.toContain('replaced');
    },
  );
});

describe.skipIf(noCompiler || sanitized)('a symbol of a library that a plugin brings along', () => {
  const crc32 = 'unsigned long crc32(unsigned long sum, const unsigned char *data, unsigned len)';
  const sums = compile(folder, 'sums', `${crc32}; ${crc32} { return (void)sum, (void)data, (void)len, 42; }`, [
    '-Wl,-soname,libsums.so',
  ]);
  const plugin = compile(
    folder,
    'brings',
    pluginSource({
      head: `${crc32};`,
      run: 'return plug_put(out, crc32(0, (const unsigned char *)"abc", 3) == 42 ? "mine" : "another");',
    }),
    [`-L${folder}`, '-Wl,--no-as-needed', '-lsums', '-Wl,-rpath,$ORIGIN'],
  );

  it("is named when the plugin gets the program's", async () => {
    const outcome = await host(['load', plugin]);
    expect(outcome.stdout.toString()).toBe('Test\nanother\n');
    expect(outcome.stderr).toContain(`${plugin} needs crc32 of ${sums}, and gets those of the program`);
    expect((await host(['load', plugin, '--isolate'])).stdout.toString()).toBe('Test\nmine\n');
  });
});

describe.skipIf(noCompiler || sanitized)('a symbol of which a process has one', () => {
  const plugin = (name: string, start: number, flags: string[] = []) => {
    const code = join(folder, `${name}.cpp`);
    const library = join(folder, `lib${name}.so`);
    writeFileSync(
      code,
      `#include <plughost/plughost.h>
#include <cstdio>
#include <memory>
#include <string>
inline int &counter() { static int count = ${start}; return count; }
static const char *name(const plug_plugin *) { return "Counter"; }
static int32_t run(plug_plugin *, const plug_ctx *, plug_sink *out, plug_error *) {
  auto text = std::make_shared<std::string>(std::to_string(counter()++));
  return plug_put(out, text->c_str());
}
PLUG_EXPORT plug_plugin *NewPlugin(void) {
  static plug_plugin plugin{};
  plugin.size = sizeof plugin, plugin.magic = PLUG_MAGIC, plugin.abi_major = PLUG_ABI_MAJOR, plugin.abi_minor = PLUG_ABI_MINOR;
  plugin.name = name, plugin.run = run;
  return &plugin;
}
`,
    );
    execFileSync('c++', ['-shared', '-fPIC', '-std=c++17', `-I${include}`, ...flags, '-o', library, code]);
    return library;
  };

  it('is not shared by two plugins in one process', async () => {
    const [first, second] = [plugin('first', 100), plugin('second', 200)];
    const outcome = await host(['load', first, second]);
    expect(outcome.stdout.toString()).toBe('Counter\n100\n');
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(
      /libsecond\.so brings _ZZ7countervE5count, of which a process has one, and \S*libfirst\.so has it/,
    );
    expect(outcome.stderr).toMatch(/-fno-gnu-unique, or isolate it/);
    expect((await host(['inspect', first])).stdout.toString()).toMatch(/one for a process +_ZZ7countervE5count/);
    expect((await host(['load', first, second, '--isolate'])).stdout.toString()).toBe('Counter\n100\nCounter\n200\n');
  });

  it('is not shared by two plugins through libraries that they bring along, and a library may be shared', async () => {
    const needing = (name: string, helper: string) => {
      const soname = `-Wl,-soname,lib${helper}.so`;
      plugin(helper, 0, [soname]);
      return compile(folder, name, pluginSource({ run: `return plug_put(out, "${name}");` }), [
        `-L${folder}`,
        '-Wl,--no-as-needed',
        `-l${helper}`,
        '-Wl,-rpath,$ORIGIN',
      ]);
    };
    const [one, other, same] = [needing('one', 'helper-a'), needing('other', 'helper-b'), needing('same', 'helper-a')];
    const outcome = await host(['load', one, other, same]);
    expect(outcome.stdout.toString()).toBe('Test\none\nTest\nsame\n');
    expect(outcome.stderr).toMatch(
      /libhelper-b\.so brings _ZZ7countervE5count, of which a process has one, and \S*libhelper-a\.so has it/,
    );
  });

  it("is each one's own with -fno-gnu-unique and hidden", async () => {
    const flags = ['-fno-gnu-unique', '-fvisibility=hidden', '-fvisibility-inlines-hidden'];
    const outcome = await host(['load', plugin('third', 300, flags), plugin('fourth', 400, flags)]);
    expect({ stdout: outcome.stdout.toString(), stderr: outcome.stderr }).toEqual({
      stdout: 'Counter\n300\nCounter\n400\n',
      stderr: '',
    });
  });

  it('of an older version of the same file refuses the newer one, and does not abort', async () => {
    const path = plugin('changed', 1);
    const script = `import { loadPlugin } from ${JSON.stringify(join(import.meta.dirname, '../../dist/index.js'))};
      import { copyFileSync } from 'node:fs';
      const path = ${JSON.stringify(path)};
      const plugin = loadPlugin(path);
      console.log(plugin.run());
      plugin.library?.close?.();
      const { open } = await import(${JSON.stringify(join(import.meta.dirname, '../../dist/index.js'))});
      open(path).close();
      copyFileSync(process.argv[1], path + '.new');
      (await import('node:fs')).renameSync(path + '.new', path);
      try { loadPlugin(path); console.log('loaded'); } catch ({ code, message }) { console.log(code, message); }`;
    const newer = plugin('newer', 2);
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script, newer]).toString().split('\n');
    expect(out[0]).toBe('1');
    expect(out[1]).toMatch(/^ERR_SHARED_SYMBOL .*what was opened of this path before has it/);
  });
});
