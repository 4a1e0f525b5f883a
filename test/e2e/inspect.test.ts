import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILT_IN } from '../../src/loader/plugin/plugin-path.js';
import { jsonText } from '../../src/text/printable.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';
import { payloadAt, tinyElf } from '../inspect/tiny-elf.js';
import { tinyMachO, universal } from '../inspect/tiny-mach-o.js';
import { because, build, without } from '../inspect/tools.js';
import { builtIn, host, seen } from './command.js';

const folder = makeScratch();
const inspect = async (...args: string[]) => seen(await host(['inspect', ...args]));

const machine = process.arch === 'x64' ? 'x86_64' : 'aarch64';

describe('host inspect', () => {
  it('takes names of plugins, as host run does, and goes on after one that is not found', async () => {
    const found = await inspect('greet', 'gret', 'csv');
    const [greet, csv] = [await inspect(builtIn('greet')), await inspect(builtIn('csv'))];
    expect(found).toEqual({
      status: 2,
      stdout: `${greet.stdout}\n${csv.stdout}`,
      stderr: `host: find plugin gret: there is none in ${BUILT_IN}\n      did you mean greet?\n`,
    });
    const json = JSON.parse((await inspect('--json', 'gret')).stdout);
    expect(json).toEqual({
      path: 'gret',
      error: {
        code: 'ERR_PLUGIN_NOT_FOUND',
        message: `find plugin gret: there is none in ${BUILT_IN}`,
        hint: 'did you mean greet?',
      },
    });
    expect(JSON.parse((await inspect('--json', 'greet')).stdout).path).toBe(builtIn('greet'));
  });

  it.skipIf(noCompiler)(
    `shows all that a plugin says of itself${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
    async () => {
      const path = compile(
        folder,
        'shown',
        `#include <plughost/plughost.h>
       PLUG_MANIFEST({"id": "org.example.shown", "name": "shown", "version": "1.2.3", "description": "Is shown",
         "license": "MIT", "extensions": ["plug.filter/1"],
         "config": {"type": "object", "required": ["level"], "properties": {
           "level": {"type": "string", "enum": ["low", "high"], "description": "How much"},
           "most": {"type": "integer", "default": 10}}}})
       PLUG_EXPORT_DATA int table[4];`,
        ['-Wl,-rpath,/opt/near', '-Wl,--no-as-needed', '-lm', '-Wl,-z,now', '-Wl,-z,relro'],
      );
      const { stdout, ...rest } = await inspect(path);
      expect(rest).toEqual({ status: 0, stderr: '' });
      expect(
        stdout
          .replace(/(compiler +).*/, '$1COMPILER')
          .replace(/ => \/.*/g, ' => FOUND')
          .replace(/\d+( +plug_manifest)/, 'SIZE$1'),
      ).toBe(`${path}
  format      ELF, 64 bits, little endian
  built for   ${machine} linux
  plugin      shown 1.2.3 (org.example.shown)
  does        Is shown
  extensions  plug.filter/1
  license     MIT
  contract    version 1.2
  compiler    COMPILER
  hardening   no executable stack, no text relocations, full RELRO
  run path    /opt/near
  needs       libm.so.6 => FOUND
              libc.so.6 => FOUND
options
  level  low|high  required    How much
  most   integer   default 10
symbols
  data  16   table
  data  SIZE  plug_manifest
`);
    },
  );

  it('shows each of several, as JSON too, and what cannot be read beside what can', async () => {
    const text = join(folder, 'text.so');
    writeFileSync(text, 'hello\n');
    const message = `open plugin ${text}: it is a text file, not a shared library`;
    const hint = 'give a shared library (.so, .dylib or .dll) built for this machine';
    const plain = await inspect(text, builtIn('greet'));
    expect([plain.status, plain.stderr]).toEqual([2, `host: ${message}\n      ${hint}\n`]);
    expect(plain.stdout).toContain(
      '  plugin      greet 0.1.0 (org.plughost.greet)\n'.replace('plugin      ', 'plugin     '),
    );
    const { status, stdout, stderr } = await inspect('--json', text, builtIn('greet'));
    expect([status, stderr]).toEqual([2, '']);
    const [first, second] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual({ path: text, error: { code: 'ERR_NOT_A_LIBRARY', message, hint } });
    expect(second).toMatchObject({
      path: builtIn('greet'),
      // A sanitizer build also needs the sanitizer's libraries.
      library: {
        format: 'ELF',
        architecture: machine,
        needed: expect.arrayContaining([expect.objectContaining({ name: 'libc.so.6' })]),
      },
      manifest: { id: 'org.plughost.greet', name: 'greet' },
    });
  });

  const manifest = `plughost 1.0
gcc 13.1 aarch64-linux
{"id": "org.example.far", "name": "far", "version": "2.0.0"}`;
  const payload = Buffer.from(`${manifest}\0`);

  it('shows a library for another architecture, by its manifest too', async () => {
    const path = join(folder, 'libfar.so');
    const symbols = [
      { name: 'NewPlugin', offset: 16, size: 100 },
      { name: 'plug_manifest', type: 1, offset: payloadAt, size: payload.length },
      { name: '_exit', section: 0 },
      { name: 'dlopen', section: 0 },
      { name: 'memcpy', section: 0 },
    ];
    writeFileSync(path, tinyElf({ bits: 32, endian: 'big', machine: 8, payload, symbols }));
    expect(await inspect(path)).toEqual({
      status: 0,
      stderr: '',
      stdout: `${path}
  format     ELF, 32 bits, big endian
  built for  mips linux
  plugin     far 2.0.0 (org.example.far)
  contract   version 1.0
  compiler   gcc 13.1 aarch64-linux
  hardening  executable stack, no text relocations, no RELRO
  may        end the process: _exit
             load or make code: dlopen
symbols
  function  100  NewPlugin
  data      ${payload.length}   plug_manifest
`,
    });
  });

  it('shows a universal library of macOS', async () => {
    const path = join(folder, 'libfar.dylib');
    const bytes = tinyMachO({
      machine: 18,
      bits: 32,
      endian: 'big',
      symbols: [
        { name: 'NewPlugin', address: 16 },
        { name: 'table', address: 300 },
      ],
      imports: [{ name: 'abort', library: 2 }],
      needed: ['@loader_path/gone.dylib', '/usr/lib/libSystem.B.dylib'],
      runPath: ['@loader_path/lib', '/opt/lib'],
    });
    writeFileSync(path, universal([{ machine: 18, bytes }]));
    expect(await inspect(path)).toEqual({
      status: 0,
      stderr: '',
      stdout: `${path}
  format     Mach-O, 32 bits, big endian
  built for  ppc macos
  holds      ppc
  hardening  no executable stack, not signed
  run path   @loader_path/lib:/opt/lib
  needs      @loader_path/gone.dylib => not found
             /usr/lib/libSystem.B.dylib => unknown
  may        end the process: abort
symbols
  function    NewPlugin
  data        table
`,
    });
    const { status, stdout, stderr } = await inspect('--json', path);
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      path,
      library: {
        format: 'Mach-O',
        bits: 32,
        endian: 'big',
        architecture: 'ppc',
        os: 'macos',
        architectures: ['ppc'],
        symbols: [
          { name: 'NewPlugin', kind: 'function', size: 0, offset: 16 },
          { name: 'table', kind: 'data', size: 0, offset: 300 },
        ],
        needed: [
          { name: '@loader_path/gone.dylib', state: 'missing' },
          { name: '/usr/lib/libSystem.B.dylib', state: 'unknown' },
        ],
        runPath: ['@loader_path/lib', '/opt/lib'],
        hardening: { executableStack: false, signed: false },
        imports: [{ name: 'abort', optional: false, library: '/usr/lib/libSystem.B.dylib' }],
      },
    });
  });

  const noMingw = without('x86_64-w64-mingw32-gcc');
  it.skipIf(noMingw)(`shows a library of Windows${because(noMingw)}`, async () => {
    const source = `#include <plughost/plughost.h>
      PLUG_MANIFEST({"id": "org.example.far", "name": "far", "version": "2.0.0", "license": "MIT"})
      void __stdcall ExitProcess(unsigned);
      PLUG_EXPORT void quit(void) { ExitProcess(1); }
      PLUG_EXPORT_DATA int counter = 5;
      int __stdcall DllMainCRTStartup(void *a, unsigned b, void *c) { return (void)a, (void)b, (void)c, 1; }`;
    const flags = ['-nostdlib', '-lkernel32'];
    const path = build(folder, ['x86_64-w64-mingw32-gcc'], 'far.dll', source, flags);
    const { stdout, ...rest } = await inspect(path);
    expect(rest).toEqual({ status: 0, stderr: '' });
    expect(stdout.replace(/(compiler +)gcc .* (\S+)/, '$1gcc VERSION $2')).toBe(`${path}
  format     PE, 64 bits, little endian
  built for  x86_64 windows
  plugin     far 2.0.0 (org.example.far)
  license    MIT
  contract   version 1.2
  compiler   gcc VERSION x86_64-windows
  hardening  data is not executable, random address, no control flow guard
  needs      KERNEL32.dll => unknown
  may        end the process: ExitProcess
symbols
  data        counter
  data        plug_manifest
  function    quit
`);
  });

  it('tells how it is used', async () => {
    expect(await inspect('--help')).toEqual({
      status: 0,
      stderr: '',
      stdout: `Usage: plughost inspect PLUGIN... [FLAG...]

Shows what plugins and libraries contain, for any system (ELF, Mach-O, PE,
WebAssembly), without running them; --columns runs plugins about rows.

PLUGIN is a name that plughost list shows, or a path: text with a slash or a
suffix such as .so. A name never means a file of the working folder. Any library
can be named by its path, also one that is no plugin.

Of a library the command prints which machine it is built for, what it needs and
exports, what it may do to the process, and how it is hardened. Of rules,
scripts, modules and programs it prints their files. A server is asked what it
is. Of files of states it prints what they are of, and which input they cover.
Of every plugin it prints the manifest and the options.

Plugins:
      --plugin-dir DIR
          Look for plugins in DIR first. Repeat the flag for more folders. Then
          come those of HOST_PLUGIN_PATH, and the built-in plugins.

      --allow-host HOST
          Let lines leave this machine, to HOST. Plugins with the source
          http://HOST get the lines without TLS, so anybody on their way can
          read them. Repeat the flag for more hosts. This machine needs no
          permission.

  -p, --param KEY=VALUE
          Set an option of the plugin named before. The flag follows the plugin
          that it belongs to. Repeat it for more options. Write a list or an
          object as JSON. plughost run --filter PLUGIN --help and plughost
          inspect FILE list the options of a plugin.

      --params-file FILE
          Read options of that plugin from a JSON file. FILE holds one JSON
          object. Of -p and --params-file for the same option the last one wins.

Output:
      --columns
          Run plugins about rows, and print their columns. A parser, row filter
          or aggregator is loaded in this process with its options, as plughost
          load does, and asked for its columns.

      --json
          Print a JSON object for each of them. Each object is on a line of its
          own.

Other:
      --color WHEN
          Use colour: auto, always, or never. auto (the default) uses colour on
          a terminal, unless NO_COLOR is set or TERM is dumb. This holds for
          messages and, in plughost run, for file names, line numbers and what
          filters find.

      --verbose
          Show causes and stack traces of errors.

  -h, --help
          Show help: -h in short, --help in full.

--no-NAME undoes --NAME: --no-plugin-dir. If a flag is given again, the last one
wins, unless that is an error.

Examples:
  plughost inspect greet
  plughost inspect ./libmine.so --json
  plughost inspect --columns delimited -p columns=name,size

Exit status:
  0 all could be read, 2 any could not, or has a manifest that cannot be used.
`,
    });
  });

  it('says what a file is that it cannot show, and what failed when it cannot be read', async () => {
    const cut = join(folder, 'cut.dll');
    writeFileSync(cut, Buffer.concat([Buffer.from('MZ\x90\0'), Buffer.alloc(56), Buffer.from([0, 2, 0, 0])]));
    expect(await inspect(cut, join(folder, 'nowhere.so'), folder)).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: open plugin ${cut}: it is cut off or damaged: it ends at byte ${statSync(cut).size}, and its headers point beyond
      give a shared library (.so, .dylib or .dll) built for this machine
host: read ${join(folder, 'nowhere.so')}: no such file or directory
host: open plugin ${folder}: it is a directory
      give a shared library (.so, .dylib or .dll) built for this machine
`,
    });
  });

  it.skipIf(noCompiler)('shows a library whose manifest cannot be used, and says so', async () => {
    const path = compile(
      folder,
      'unusable',
      `#include <plughost/plughost.h>
       PLUG_MANIFEST({"id": "no domain"})`,
    );
    const { status, stdout, stderr } = await inspect(path);
    expect(status).toBe(2);
    expect(stdout).toContain('  contract   version 1.2\n');
    expect(stderr).toMatch(/^host: read the manifest of .*: id: it must be a reverse domain .*\n {6}its author must/);
  });

  it.skipIf(noCompiler)('shows nothing of a file that a terminal would obey', async () => {
    const json = '{"id": "org.example.red", "name": "red", "version": "1.0.0", "description": "\\u001b[31mred"}';
    const text = `"plughost 1.0\\n" "gcc \\033[32m\\n" ${JSON.stringify(json)}`;
    const path = compile(folder, 'hostile', `const char plug_manifest[] = ${text};`);
    const { status, stdout } = await inspect(path);
    expect([status, stdout.includes('\x1b')]).toEqual([0, false]);
    expect(stdout).toContain('  does       \\x1b[31mred\n');
    expect(stdout).toContain('  compiler   gcc \\x1b[32m\n');
  });

  it.skipIf(noCompiler)('gives words of a file no line and no column of their own', async () => {
    // Compilers refuse these characters in source code.
    const json = jsonText({
      id: 'org.example.forged',
      name: 'forged',
      version: '1.0.0',
      description: 'x\n  license    MIT\tand \u202ePG\u{e0041}',
      license: 'none',
      config: { properties: { 'a\nb': { type: 'string', description: 'y\n  z\u061c' } } },
    });
    const path = compile(
      folder,
      'forged',
      `const char plug_manifest[] = "plughost 1.0\\n" "gcc\\n" ${JSON.stringify(json)};`,
    );
    const { status, stdout } = await inspect(path);
    expect(status).toBe(0);
    expect(stdout).toContain('  does       x license    MIT and \\u202ePG\\u{e0041}\n  license    none\n');
    expect(stdout).toMatch(/^ {2}a b {2}string {2,}y z\\u061c$/m);
    const machine = (await host(['inspect', '--json', path])).stdout.toString();
    expect(machine).not.toMatch(/[\u202e\u061c\u{e0041}]/u);
    expect(JSON.parse(machine).manifest).toEqual(JSON.parse(json));
  });

  it('asks for a plugin', async () => {
    expect(await inspect()).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: inspect: no PLUGIN is given\n      see: plughost inspect --help\n',
    });
  });
});
