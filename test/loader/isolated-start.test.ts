import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlugin, PluginFailedError } from '../../src/index.js';
import { exec, ROOT } from '../e2e/command.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const folder = makeScratch();
const sanitized = process.env.LD_PRELOAD !== undefined;
const title = noCompiler ? ` (skipped: ${noCompiler})` : '';
const manifest = (id: string) =>
  `{"id": "${id}", "name": "${id.replace('org.', '')}", "version": "1.0.0", "description": "-"}`;

describe.skipIf(noCompiler)(`an id that two plugins have${title}`, () => {
  it.each([
    [1, { isolate: true }, { isolate: true }],
    [2, {}, { isolate: true }],
    [3, { isolate: true }, {}],
  ])('is refused as in one process: %j, %j, %j', (number, first, second) => {
    const id = `org.twice${number}`;
    const [a, b] = ['one', 'other'].map((name) =>
      compile(folder, `${name}${number}`, pluginSource({ manifest: manifest(id) })),
    ) as [string, string];
    const plugin = loadPlugin(a, { ...first, allowDuplicate: true });
    const error = thrown(() => loadPlugin(b, second));
    expect(error.code).toBe('ERR_DUPLICATE_PLUGIN');
    expect(error.message).toContain(`${b} has the id ${id}, as ${a} has`);
    loadPlugin(b, { ...second, allowDuplicate: true }).close();
    loadPlugin(a, { ...first, allowDuplicate: true }).close();
    plugin.close();
  });

  it('is free again when the plugin is closed, or did not come up', () => {
    const id = manifest('org.again');
    const [fails, works] = [
      compile(folder, 'fails', pluginSource({ manifest: id, init: 'return PLUG_ERROR_IO;' })),
      compile(folder, 'works', pluginSource({ manifest: id })),
    ];
    expect(() => loadPlugin(fails, { isolate: true })).toThrow(PluginFailedError);
    loadPlugin(works, { isolate: true }).close();
    expect(() => loadPlugin(fails, { isolate: true })).toThrow(PluginFailedError);
  });
});

describe.skipIf(noCompiler || sanitized)(`an isolated plugin as one in this process${title}`, () => {
  it('says what to do when a library that it needs is missing', () => {
    const needed = compile(folder, 'needed', 'int needed(void) { return 1; }');
    const plugin = compile(
      folder,
      'needing',
      pluginSource({ head: 'int needed(void);', run: 'needed(); return plug_put(out, "x");' }),
      [`-L${folder}`, '-Wl,--no-as-needed', '-lneeded'],
    );
    rmSync(needed);
    const [here, there] = [{}, { isolate: true }].map((options) => thrown(() => loadPlugin(plugin, options)));
    expect(there?.message).toContain('libneeded.so: cannot open shared object file');
    expect(there?.hint).toBe('it needs libneeded.so: install that; plughost inspect shows where it is looked for');
    expect(there?.hint).toBe(here?.hint);
  });

  it('has the variables that belong to the process, in the sandbox without what the user has loaded everywhere', async () => {
    const preloaded = compile(folder, 'preloaded', 'int preloaded(void) { return 7; }');
    const plugin = compile(
      folder,
      'environment',
      pluginSource({
        head: '#include <dlfcn.h>\n#include <stdio.h>\nextern char **environ;',
        run: `char text[64];
  snprintf(text, sizeof text, "%d", dlsym(RTLD_DEFAULT, "preloaded") != NULL);
  plug_put(out, text);
  for (char **at = environ; *at; at++) plug_put(out, " "), plug_put(out, *at);
  return PLUG_OK;`,
      }),
      ['-D_GNU_SOURCE'],
    );
    const script = join(folder, 'environment.mjs');
    writeFileSync(
      script,
      `import { loadPlugin } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
for (const isolate of [true, { sandbox: true }]) console.log(loadPlugin(${JSON.stringify(plugin)}, { isolate }).run());`,
    );
    const env = { LD_PRELOAD: preloaded, GLIBC_TUNABLES: 'glibc.malloc.arena_max=1', SECRET: 'of the host' };
    const { stdout, stderr } = await exec(process.execPath, [script], { env });
    expect(stderr).toBe('');
    expect(
      stdout
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.split(' ').sort()),
    ).toEqual([
      ['1', `GLIBC_TUNABLES=${env.GLIBC_TUNABLES}`, `LD_PRELOAD=${preloaded}`].sort(),
      ['0', `GLIBC_TUNABLES=${env.GLIBC_TUNABLES}`],
    ]);
  });
});

describe.skipIf(noCompiler || sanitized)(`a trace that names another file${title}`, () => {
  // A plugin can overwrite the loader's names of libraries in its memory. A trace uses the names of libraries that the
  // plugin loaded, but not the name of the plugin itself.
  const forger = (name: string, file: string) => {
    const crasher = join(folder, `${name}-crasher.so`);
    const code = join(folder, `${name}-crasher.c`);
    writeFileSync(
      code,
      `__attribute__((noinline)) static void crash(void) { *(volatile int *)8 = 1; }
void enter(void);
void enter(void) { crash(); }`,
    );
    execFileSync('cc', ['-shared', '-fPIC', '-o', crasher, code]);
    return compile(
      folder,
      name,
      pluginSource({
        head: '#include <dlfcn.h>\n#include <link.h>',
        run: `static char other[] = ${JSON.stringify(file).replace('\\u001b', '\\033')};
  void *library = dlopen("${crasher}", RTLD_NOW);
  struct link_map *map;
  dlinfo(library, RTLD_DI_LINKMAP, &map);
  map->l_name = other;
  ((void (*)(void))dlsym(library, "enter"))();
  return PLUG_OK;`,
      }),
      ['-D_GNU_SOURCE'],
    );
  };
  const messageOf = (plugin: string) => {
    using loaded = loadPlugin(plugin, { isolate: true });
    return thrown(() => loaded.run()).message;
  };

  it('is shown as it is, and the file is not opened', () => {
    // If the file were read, its single symbol, which covers all addresses, would appear in the message.
    const secret = join(folder, 'secret.so');
    writeFileSync(
      join(folder, 'secret.c'),
      '__attribute__((used)) static void secret(void) { __asm__(".space 1 << 20"); }',
    );
    execFileSync('cc', ['-shared', '-fPIC', '-Wl,-Ttext-segment=0', '-o', secret, join(folder, 'secret.c')]);
    const message = messageOf(forger('forger', secret));
    expect(message).toMatch(/SIGSEGV at address 0x8, in secret\.so\+0x[0-9a-f]+$/);
  });

  it('cannot make the host wait for a FIFO, nor write to a terminal', () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(messageOf(forger('waiter', fifo))).toMatch(/in fifo\+0x[0-9a-f]+$/);
    expect(messageOf(forger('painter', '/x/\u001b[31mred'))).not.toContain('\u001b');
  });

  it('that names the plugin is completed by the names of its own functions', () => {
    const source = pluginSource({
      head: '__attribute__((noinline)) static void hidden_crash(void) { *(volatile int *)8 = 1; }',
      run: 'hidden_crash(); return PLUG_OK;',
    });
    expect(messageOf(compile(folder, 'honest', source))).toMatch(/in hidden_crash \(libhonest\.so\+0x[0-9a-f]+\)$/);
  });
});
