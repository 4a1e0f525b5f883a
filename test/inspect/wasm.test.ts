import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspect } from '../../src/index.js';
import { FormatError } from '../../src/inspect/inspection.js';
import { readWasm } from '../../src/inspect/wasm/wasm.js';
import { host, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { at, part, type TinyWasm, tinyWasm } from './tiny-wasm.js';

const scratch = makeScratch();

function inspected(module: Buffer) {
  const path = join(scratch, 'x.wasm');
  writeFileSync(path, module);
  return inspect(path, { imports: true });
}

const TEXT = 'plughost 1.1\nclang 22 wasm32-wasi\n{"id": "org.example.x"}\n\0 what follows';
const FUNCTION = 0;
const GLOBAL = 3;

/** A module with its manifest at an address, behind an imported global. */
const WHOLE: TinyWasm = {
  imports: [
    part.importedFunction('plughost', 'log'),
    part.importedGlobal('env', 'base'),
    part.importedTable('env', 'table'),
    part.importedMemory('env', 'memory'),
  ],
  globals: [part.global(at(5)), part.global([0x42, 1, 0x0b]), part.global(at(70_000))],
  exports: [part.export('run', FUNCTION, 7), part.export('plug_manifest', GLOBAL, 3)],
  data: [part.data(1024, 'other'), part.unplaced('never placed'), part.data(69_990, `0123456789${TEXT}`)],
};

describe('a WebAssembly module', () => {
  it('is read: what it imports, exports, and its manifest', () => {
    const { symbols, imports, manifest, ...rest } = inspected(tinyWasm(WHOLE));
    expect(rest).toMatchObject({ format: 'WebAssembly', bits: 32, architecture: 'wasm32', needed: [] });
    expect(symbols).toEqual([
      { name: 'run', kind: 'function', size: 0, offset: 0 },
      { name: 'plug_manifest', kind: 'data', size: 0, offset: 70_000 },
    ]);
    expect(imports?.map(({ library, name }) => `${library} ${name}`)).toEqual([
      'plughost log',
      'env base',
      'env table',
      'env memory',
    ]);
    expect(manifest).toEqual({
      abi: { major: 1, minor: 1 },
      compiler: 'clang 22 wasm32-wasi',
      json: '{"id": "org.example.x"}',
    });
  });

  it('is shown by the command', async () => {
    const path = join(scratch, 'shown.wasm');
    writeFileSync(
      path,
      tinyWasm({ ...WHOLE, data: [part.data(70_000, TEXT.replace('}', ', "name": "x", "version": "1.0.0"}'))] }),
    );
    const shown = seen(await host(['inspect', path]));
    expect({ ...shown, stdout: shown.stdout.replace(/[0-9a-f]{64}/, 'HASH') }).toEqual({
      status: 0,
      stderr: '',
      stdout: `${path}
  format     WebAssembly, 32 bits, little endian
  built for  wasm32 unknown
  plugin     x 1.0.0 (org.example.x)
  contract   version 1.1
  compiler   clang 22 wasm32-wasi
  imports    plughost log
             env base
             env table
             env memory
  files      shown.wasm, sha256 HASH
symbols
  function    run
  data        plug_manifest
`,
    });
  });

  it('has the manifest that stands in its memory at last', () => {
    const later = part.data(70_000, TEXT.replace('example', 'changed'));
    expect(inspected(tinyWasm({ ...WHOLE, data: [...(WHOLE.data ?? []), later] })).manifest?.json).toContain('changed');
  });

  it('reads addresses above 2 GiB, and needs no manifest', () => {
    const high = { ...WHOLE, globals: [...(WHOLE.globals ?? []).slice(0, 2), part.global(at(-16))] };
    const data = [part.data(-16, TEXT)];
    expect(inspected(tinyWasm({ ...high, data })).manifest?.json).toContain('org.example.x');
    expect(inspected(tinyWasm({ ...WHOLE, exports: [] })).manifest).toBeUndefined();
    // The address is not a constant, or is that of a function.
    const sum = [...at(1).slice(0, -1), ...at(2).slice(0, -1), 0x6a, 0x0b];
    const unknown = { ...WHOLE, globals: [...(WHOLE.globals ?? []).slice(0, 2), part.global(sum)] };
    expect(inspected(tinyWasm(unknown)).manifest).toBeUndefined();
    expect(inspected(tinyWasm({ ...WHOLE, exports: [part.export('plug_manifest', FUNCTION, 3)] })).manifest).toBe(
      undefined,
    );
  });

  it('that is damaged is refused with the reason', () => {
    const outside = { ...WHOLE, data: [part.data(1024, 'other')] };
    for (const [module, reason] of [
      [Buffer.from('\0asm\x0d\0\x01\0', 'latin1'), 'component or of another version'],
      [Buffer.from('\0asm\x01\0\0\0\x02\xff\xff\xff\xff\x0f', 'latin1'), 'cut off or damaged'],
      [Buffer.from('\0asm\x01\0\0\0\x02\x05\xff\xff\xff\xff\x0f', 'latin1'), 'a list is longer than the file'],
      [Buffer.from('\0asm\x01\0\0\0\x02\x05\xff\xff\xff\xff\x7f', 'latin1'), 'a number in it is too large'],
      [Buffer.concat([tinyWasm({}), Buffer.from([2, 1, 0])]), 'it has a section twice'],
      [tinyWasm(outside), 'its manifest lies outside of its data'],
      [tinyWasm({ exports: [part.export('x', 9, 0)] }), 'something of an unknown kind'],
      [tinyWasm({ globals: [part.global([0x20, 0, 0x0b])] }), 'a constant of an unknown kind'],
    ] as const) {
      const error = thrown(() => inspected(module));
      expect([error.code, error.message]).toEqual(['ERR_NOT_A_LIBRARY', expect.stringContaining(reason)]);
    }
  });

  it('that is cut or changed anywhere gives a result, or the reason why it is damaged', () => {
    const whole = tinyWasm(WHOLE);
    let refused = 0;
    const tried = (module: Buffer) => {
      try {
        readWasm(module).imports();
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        refused++;
      }
    };
    for (let end = 0; end < whole.length; end++) tried(whole.subarray(0, end));
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 1, 2, 3, 0x0b, 0x41, 0x7f, 0x80, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        tried(changed);
      }
    }
    expect(refused).toBeGreaterThan(whole.length);
  });
});
