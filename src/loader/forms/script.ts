import { basename } from 'node:path';
import { type Manifest, parseManifest } from '../../contract/manifest.js';
import { reasonOf, ScriptError } from '../../errors/index.js';
import { readTextFile } from '../../files/text-file.js';
import type { Form } from './form.js';

const SUFFIXES = ['.js', '.mjs', '.ts', '.mts'];

/** The largest sum of files in bytes. */
const MAX_SIZE = 1 << 20;

/** The comment at the beginning of a script, after a byte order mark and white space. */
const MANIFEST = /^\ufeff?\s*\/\*\s*plughost\b(.*?)\*\//s;

/** A script in JavaScript or TypeScript. The adapter is the crate plugins-rust/script. */
export const script: Form = {
  name: 'script',
  suffixes: SUFFIXES,
  claims: (path) => SUFFIXES.some((suffix) => path.endsWith(suffix)),
  isPlugin: (_, head) => /^\ufeff?\s*\/\*\s*plughost\b/.test(head.toString()),
  examine(path, trust) {
    trust(path);
    const { text, bytes } = readTextFile(path, 'read the script', MAX_SIZE);
    return { form: script, path, manifest: manifestOf(path, text), files: [{ name: basename(path), text, bytes }] };
  },
  refused: (path, reason) => new ScriptError(path, reason),
};

function manifestOf(path: string, text: string): Manifest {
  const [, json] = MANIFEST.exec(text) ?? [];
  if (json === undefined) {
    throw new ScriptError(path, 'it has no manifest', {
      hint: 'begin it with: /* plughost { "id": "org.example.mine", "name": "mine", "version": "1.0.0" } */',
    });
  }
  try {
    return parseManifest(json);
  } catch (cause) {
    throw new ScriptError(path, `its manifest: ${reasonOf(cause)}`, { cause });
  }
}
