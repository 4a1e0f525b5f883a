// The files that are made from lists in native code. They are tracked, so that an editor, a test and cargo work in a
// fresh clone, and so that the Rust crate can be packaged without the headers. A build writes them again; a test says
// whether they are current.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { enumsOf } from './enums.mjs';
import { kindsOf } from './kinds.mjs';

const root = new URL('../..', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const headers = () =>
  readdirSync(new URL('native/', root), { recursive: true })
    .filter((path) => path.endsWith('.hpp'))
    .sort()
    .map((path) => read(`native/${path}`));

/** Returns the texts of the files by their paths in the project. */
export const generated = () => ({
  ...kindsOf(read('native/include/plughost/kinds.def')),
  'src/addon/enums.ts': enumsOf(headers()),
});

/** Writes the files that are not current. */
export function writeGenerated() {
  for (const [path, text] of Object.entries(generated())) {
    const file = new URL(path, root);
    if (readFileSync(file, { encoding: 'utf8', flag: 'a+' }) !== text) writeFileSync(file, text);
  }
}
