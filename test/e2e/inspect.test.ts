import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';
import { builtIn, host, seen } from './command.js';

const folder = makeScratch();
const inspect = async (...args: string[]) => seen(await host(['inspect', ...args]));

const machine = process.arch === 'x64' ? 'x86_64' : 'aarch64';

describe('host inspect', () => {
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
  contract    version 1.0
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
      // Under sanitizers it needs their libraries as well.
      library: {
        format: 'ELF',
        architecture: machine,
        needed: expect.arrayContaining([expect.objectContaining({ name: 'libc.so.6' })]),
      },
      manifest: { id: 'org.plughost.greet', name: 'greet' },
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
    expect(stdout).toContain('  contract   version 1.0\n');
    expect(stderr).toMatch(/^host: read the manifest of .*: id: it must be a reverse domain .*\n {6}its author must/);
  });

  it.skipIf(noCompiler)('shows nothing of a file that a terminal would obey', async () => {
    const manifest = '{"id": "org.example.red", "name": "red", "version": "1.0.0", "description": "\\u001b[31mred"}';
    const text = `"plughost 1.0\\n" "gcc \\033[32m\\n" ${JSON.stringify(manifest)}`;
    const path = compile(folder, 'hostile', `const char plug_manifest[] = ${text};`);
    const { status, stdout } = await inspect(path);
    expect([status, stdout.includes('\x1b')]).toEqual([0, false]);
    expect(stdout).toContain('  does       \ufffd[31mred\n');
    expect(stdout).toContain('  compiler   gcc \ufffd[32m\n');
  });

  it('asks for a path', async () => {
    expect(await inspect()).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: inspect: no PATH is given\n      see: host inspect --help\n',
    });
  });
});
