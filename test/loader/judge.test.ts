import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadPlugin, open } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

// Each library creates a file if its code runs.

const scratch = makeScratch();
const proof = join(scratch, 'ran');
const startProof = `#include <stdio.h>
__attribute__((constructor)) static void start(void) { fclose(fopen("${proof}", "w")); }`;
const manifest = (more = '') => `{ "id": "org.example.judged", "name": "judged", "version": "1.0.0"${more} }`;
const stated = (text: string) => `const char plug_manifest[] = ${JSON.stringify(text)};`;

let number = 0;
const library = (source: string, flags: string[] = []) =>
  compile(scratch, `judged-${number++}`, `${source}\n${startProof}`, flags);

describe.skipIf(noCompiler)(`before anything of a library runs${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  beforeEach(() => rmSync(proof, { force: true }));

  test('the constructor of one that is opened leaves its proof', () => {
    open(library('int f(void) { return 1; }'));
    expect(existsSync(proof)).toBe(true);
  });

  test.each<[string, () => string, (path: string) => { code: string; message: string; hint?: unknown }]>([
    [
      'another architecture',
      () => {
        const path = library(pluginSource());
        const bytes = readFileSync(path);
        bytes.writeUInt16LE(243, 18);
        rmSync(path);
        writeFileSync(path, bytes);
        return path;
      },
      (path) => ({
        code: 'ERR_WRONG_PLATFORM',
        message: `open plugin ${path}: it is built for riscv linux, 64 bits, little endian, and this host is ${
          process.arch === 'x64' ? 'x86_64' : 'aarch64'
        } linux, 64 bits, little endian`,
      }),
    ],
    [
      'a file that is cut off',
      () => {
        const path = library(pluginSource());
        truncateSync(path, 5000);
        return path;
      },
      (path) => ({ code: 'ERR_NOT_A_LIBRARY', message: expect.stringContaining(`open plugin ${path}: it is `) }),
    ],
    [
      'another major version of the contract',
      () => library(stated(`plughost 2.3\ngcc 12 x86_64-linux\n${manifest()}\n`)),
      (path) => ({
        code: 'ERR_ABI',
        message: `open plugin ${path}: it was built for version 2.3 of the contract, and this host speaks 1.2`,
        hint: 'build the plugin again with the headers of version 1.2, or use a host that speaks 2.3',
      }),
    ],
    [
      'a manifest that is no JSON',
      () => library(stated('plughost 1.0\ngcc 12 x86_64-linux\n{ "id": \n')),
      (path) => ({ code: 'ERR_MANIFEST', message: expect.stringContaining(`read the manifest of ${path}: `) }),
    ],
    [
      'a manifest without an id',
      () => library(stated('plughost 1.0\ngcc 12 x86_64-linux\n{ "name": "x", "version": "1.0.0" }\n')),
      (path) => ({
        code: 'ERR_MANIFEST',
        message: `read the manifest of ${path}: id: it must be a reverse domain such as org.example.level`,
      }),
    ],
    [
      'panic = "abort"',
      () => library(pluginSource({ manifest: manifest(', "panic": "abort"') })),
      (path) => ({
        code: 'ERR_PANIC_ABORT',
        message: `open plugin ${path}: it is built with panic = "abort", so a panic in it would end this process`,
        hint: 'its author must build it with panic = "unwind", which is the default',
      }),
    ],
    [
      'no NewPlugin',
      () => library('int NewPlugins(void) { return 1; }'),
      (path) => ({
        code: 'ERR_NO_NEW_PLUGIN',
        message: `open plugin ${path}: it is a library that does not export NewPlugin, so it is no plugin`,
      }),
    ],
    [
      'a NewPlugin that is too small',
      () => library('int NewPlugin = 1;'),
      (path) => ({
        code: 'ERR_TYPE_ASSERTION',
        message: expect.stringContaining(`${path}: NewPlugin is a data object of 4 bytes, not a plug_plugin (>= `),
      }),
    ],
    [
      'a needed library that is nowhere',
      () => {
        const needed = compile(scratch, 'needed', 'int elsewhere(void) { return 1; }');
        const path = library(
          pluginSource({ head: 'int elsewhere(void); int f(void); int f(void) { return elsewhere(); }' }),
          [`-L${scratch}`, '-Wl,--no-as-needed', '-lneeded'],
        );
        rmSync(needed);
        return path;
      },
      (path) => ({
        code: 'ERR_OPEN',
        message: `plugin.Open("${path}"): libneeded.so: cannot open shared object file: No such file or directory`,
        hint: 'it needs libneeded.so: install that; plughost inspect shows where it is looked for',
      }),
    ],
  ])('%s is refused', (_, make, refusal) => {
    const path = make();
    expect(thrown(() => loadPlugin(path))).toMatchObject(refusal(path));
    expect(existsSync(proof)).toBe(false);
  });

  test('a NewPlugin whose size the file does not say is not refused for that, but for what it holds', () => {
    const path = library('__asm__(".data; .globl NewPlugin; NewPlugin: .zero 256; .text");');
    expect(thrown(() => loadPlugin(path)).message).toBe(
      `assert plugin ${path}: NewPlugin says that it has 0 bytes; a plug_plugin has >= 72 bytes`,
    );
    expect(existsSync(proof)).toBe(true);
  });

  test('but a library without NewPlugin may be opened as such, and then be asserted as often as one likes', () => {
    const path = library('int answer = 42;');
    expect(open(path).lookup('answer', 'data').view('int').value).toBe(42);
    for (const _ of [1, 2]) expect(thrown(() => loadPlugin(path)).code).toBe('ERR_NO_NEW_PLUGIN');
  });

  test('a file that was refused can be replaced and opened', () => {
    const path = library(stated(`plughost 2.3\ngcc 12 x86_64-linux\n${manifest()}\n`));
    for (const _ of [1, 2]) expect(thrown(() => open(path)).code).toBe('ERR_ABI');
    const mended = library(pluginSource());
    rmSync(path);
    copyFileSync(mended, path);
    using plugin = loadPlugin(path);
    expect(plugin.run()).toBe('done');
  });
});
