import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadPlugin } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

// Each library creates a file if its code runs.
const scratch = makeScratch();
const proof = join(scratch, 'ran');
const head = `#include <stdio.h>
__attribute__((constructor)) static void start(void) { FILE *file = fopen("${proof}", "w"); if (file) fclose(file); }`;

const PT_LOAD = 1;
const PT_NULL = 0;
const PT_GNU_STACK = 0x6474e551;
const [PF_X, PF_W, PF_R] = [1, 2, 4];

let number = 0;
const library = (flags: string[] = [], more = '') =>
  compile(scratch, `memory-${number++}`, pluginSource({ head: `${head}\n${more}` }), flags);

/**
 * Changes the program headers of a library. `change` gets the type and flags of each; it returns new ones or nothing.
 */
function withHeaders(path: string, change: (type: number, flags: number) => [number, number] | undefined): string {
  const bytes = readFileSync(path);
  const at = Number(bytes.readBigUInt64LE(32));
  for (let i = 0; i < bytes.readUInt16LE(56); i++) {
    const changed = change(bytes.readUInt32LE(at + i * 56), bytes.readUInt32LE(at + i * 56 + 4));
    for (const [field, value] of (changed ?? []).entries()) bytes.writeUInt32LE(value, at + i * 56 + field * 4);
  }
  rmSync(path);
  writeFileSync(path, bytes);
  return path;
}

/** Compiles a library that a plugin needs and finds beside itself. */
function needing(flags: string[]): { path: string; needed: string } {
  const needed = compile(scratch, `needed-${number}`, 'int elsewhere(void) { return 1; }', flags);
  const path = library(
    [`-L${scratch}`, '-Wl,--no-as-needed', `-lneeded-${number}`, '-Wl,-rpath,$ORIGIN'],
    'int elsewhere(void); int f(void); int f(void) { return elsewhere(); }',
  );
  return { path, needed };
}

const STACK = 'makes the stack of the process executable';
const MODES = [
  ['in this process', undefined],
  ['isolated', {}],
  ['sandboxed', { sandbox: true }],
] as const;
const only64 = process.arch === 'x64' || process.arch === 'arm64';
const skipped = noCompiler ?? (only64 ? '' : 'the headers are changed for 64 bits, little endian');

describe.skipIf(skipped)(`a library${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  beforeEach(() => rmSync(proof, { force: true }));

  describe.each(MODES)('that is loaded %s', (_, isolate) => {
    const refused = (path: string) => {
      const error = thrown(() => loadPlugin(path, { isolate }));
      expect(existsSync(proof)).toBe(false);
      return error;
    };

    test('is refused when it asks for an executable stack', () => {
      const path = library(['-Wl,-z,execstack']);
      expect(refused(path)).toMatchObject({
        code: 'ERR_EXECUTABLE_MEMORY',
        message: `open plugin ${path}: it ${STACK}`,
        hint: expect.stringContaining('-Wl,-z,noexecstack'),
      });
    });

    test('is refused when it does not say what its stack needs', () => {
      const path = withHeaders(library(), (type, flags) => (type === PT_GNU_STACK ? [PT_NULL, flags] : undefined));
      expect(refused(path).message).toBe(`open plugin ${path}: it ${STACK}`);
    });

    test('is refused when it says first the one thing and then the other', () => {
      // The header for notes becomes a second header for the stack.
      const PT_NOTE = 4;
      const path = withHeaders(library(), (type) =>
        type === PT_NOTE ? [PT_GNU_STACK, PF_R | PF_W | PF_X] : undefined,
      );
      expect(refused(path).message).toBe(`open plugin ${path}: it ${STACK}`);
    });

    test('is refused when it needs such a library beside it', () => {
      const { path, needed } = needing(['-Wl,-z,execstack']);
      expect(refused(path).message).toBe(`open plugin ${path}: it needs ${needed}, which ${STACK}`);
    });
  });

  const sandboxed = (path: string) => thrown(() => loadPlugin(path, { isolate: { sandbox: true } }));
  const writable = (path: string) =>
    withHeaders(path, (type, flags) => (type === PT_LOAD && flags & PF_X ? [type, flags | PF_W] : undefined));
  const hasCode = `asm(".text; .globl changed; changed: .quad changed"); extern long changed[];
    long *where(void); long *where(void) { return changed; }`;

  test('whose code may be written to is not for the sandbox', () => {
    const path = writable(library());
    expect(sandboxed(path)).toMatchObject({
      code: 'ERR_EXECUTABLE_MEMORY',
      message: `open plugin ${path}: it has code that may be written to, which no sandbox holds`,
    });
    expect(existsSync(proof)).toBe(false);
    using plugin = loadPlugin(path, { isolate: true });
    expect(plugin.run()).toBe('done');
  });

  test('that needs one whose code may be written to is not for the sandbox', () => {
    const { path, needed } = needing([]);
    writable(needed);
    expect(sandboxed(path).message).toBe(
      `open plugin ${path}: it needs ${needed}, which has code that may be written to, which no sandbox holds`,
    );
  });

  test('whose code is changed while it is loaded is not for the sandbox', () => {
    const path = library(['-Wl,-z,notext', '-w'], hasCode);
    expect(sandboxed(path).message).toBe(
      `open plugin ${path}: it has its code changed while it is loaded, which no sandbox allows`,
    );
    expect(existsSync(proof)).toBe(false);
    using plugin = loadPlugin(path, { isolate: true });
    expect(plugin.run()).toBe('done');
  });

  test('whose data are more than its memory is refused before it is loaded', () => {
    const data = (size: string) => library([], `char data[${size}];`);
    // A sanitizer makes system calls that the sandbox refuses.
    for (const sandbox of process.env.LD_PRELOAD === undefined ? [false, true] : [false]) {
      rmSync(proof, { force: true });
      const path = data('200 << 20');
      expect(thrown(() => loadPlugin(path, { isolate: { sandbox, memory: 100 << 20 } }))).toMatchObject({
        code: 'ERR_MEMORY_LIMIT',
        message: expect.stringMatching(/: its data take 2097\d{5} bytes of memory, and it may have 104857600 bytes$/),
      });
      expect(existsSync(proof)).toBe(false);
      for (const memory of [300 << 20, 0]) loadPlugin(path, { isolate: { sandbox, memory } }).close();
    }
    const ofThreads = library([], '_Thread_local char data[200 << 20];');
    expect(thrown(() => loadPlugin(ofThreads, { isolate: { memory: 100 << 20 } })).code).toBe('ERR_MEMORY_LIMIT');
  });
});
