import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { buildFolder } from '../../src/addon.js';
import { loadPlugin, type Pipeline, type RunResult, run } from '../../src/index.js';
import { makeScratch } from '../helpers/compile.js';

export const folder = makeScratch();

const FIXTURE = join(buildFolder, 'test/libengine-fixture.so');
/** A plugin that filters, transforms and exports by simple rules (fixture.c), which tests repeat in TypeScript. */
export const fixture = (config: Record<string, unknown> = {}) => loadPlugin(FIXTURE, { config });

let files = 0;
export function fileOf(bytes: Uint8Array): string {
  const path = join(folder, `in${files++}`);
  writeFileSync(path, bytes);
  return path;
}

export function fifo(): string {
  const path = join(folder, `fifo${files++}`);
  execFileSync('mkfifo', [path]);
  return path;
}

/** Runs the pipeline. Returns the bytes that it wrote, also when the run failed. */
export async function outputOf(
  inputs: Parameters<typeof run>[0],
  pipeline: Omit<Pipeline, 'output'>,
  signal?: AbortSignal,
): Promise<{ output: Buffer; result?: RunResult; error?: unknown }> {
  const path = join(folder, `out${files++}`);
  const fd = openSync(path, 'w');
  try {
    const result = await run(inputs, { ...pipeline, output: { fd, name: path } }, { signal });
    return { output: readFileSync(path), result };
  } catch (error) {
    return { output: readFileSync(path), error };
  } finally {
    closeSync(fd);
  }
}

/** Returns the lines of the bytes without newlines: a naive model of the engine. */
export function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline;
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return lines;
}

export const joined = (lines: Buffer[]) => Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));

export const settings = fc.record({
  blockSize: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 65, max: 5000 })),
  workers: fc.integer({ min: 1, max: 7 }),
});

/** Returns whether the bytes begin like a compressed file or with a byte order mark, so that the engine would decode them. */
export const beginsOddly = (bytes: Buffer): boolean =>
  ['efbbbf', 'fffe', 'feff', '0000feff', '1f8b', '1f9d', '1f1e', '5d0000', '28b52ffd'].some((magic) =>
    bytes.toString('hex').startsWith(magic),
  ) || /^5.2a4d18/.test(bytes.toString('hex'));
