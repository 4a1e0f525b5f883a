// What the scripts of this folder share.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = resolve(root, process.env.PLUGHOST_BUILD ?? 'build');

/** The module of the library, for worker threads and for CommonJS. */
export const plughost = join(root, 'dist/index.js');
/** The path of a built-in plugin. */
export const builtIn = (name) => join(build, `plugins/lib${name}.so`);
/** The path of a plugin that is built for tests. */
export const forTests = (name) => join(build, `test/lib${name}.so`);
/** A log of ten lines. */
export const small = Buffer.from(Array.from({ length: 10 }, (_, i) => `${i} a line of some words\n`).join(''));
/** Far more than the engine holds before somebody takes of it. */
export const large = Buffer.alloc(70_000 * small.length, small);

/** A new folder; the test that runs the scripts removes them all. */
export const folder = () => mkdtempSync(join(process.env.PLUGHOST_SCRATCH ?? tmpdir(), 'alone-'));

/** The path of a new file of these bytes. */
export function file(bytes) {
  const path = join(folder(), 'log');
  writeFileSync(path, bytes);
  return path;
}

/** Waits until `condition` holds; the script ends by itself where it never does. */
export async function until(condition) {
  while (!condition()) await new Promise((done) => setTimeout(done, 5));
}
