import { basename } from 'node:path';
import { type Manifest, parseManifest } from '../../contract/manifest.js';
import { ConfigError, reasonOf, ScriptError } from '../../errors/index.js';
import { jsonErrorPlace } from '../../text/json-place.js';
import type { FileForm } from './form.js';
import { readScript } from './script-files.js';

const SUFFIXES = ['.js', '.mjs', '.ts', '.mts'];

/** The comment at the beginning of a script, after a byte order mark and white space. */
const MANIFEST = /^(\ufeff?\s*\/\*\s*plughost\b)(.*?)\*\//s;

/** A script in JavaScript or TypeScript. The adapter is the crate plugins-rust/script. */
export const script: FileForm = {
  name: 'script',
  suffixes: SUFFIXES,
  claims: (path) => SUFFIXES.some((suffix) => path.endsWith(suffix)),
  isPlugin: (_, head) => /^\ufeff?\s*\/\*\s*plughost\b/.test(head.toString()),
  examine(path, trust) {
    return { form: script, path, ...readScript(path, trust, (text) => manifestOf(path, text)) };
  },
  initError: ({ path }, error) => (error instanceof ConfigError ? new ScriptError(path, error.reason) : error),
};

function manifestOf(path: string, text: string): Manifest {
  const [, before, json] = MANIFEST.exec(text) ?? [];
  if (before === undefined || json === undefined) {
    throw new ScriptError(path, 'it has no manifest', {
      hint: 'begin it with: /* plughost { "id": "org.example.mine", "name": "mine", "version": "1.0.0" } */',
    });
  }
  try {
    return parseManifest(json);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw new ScriptError(path, `its manifest: ${reasonOf(cause)}`, { cause });
    const [, line, column] = /line (\d+), column (\d+)/.exec(jsonErrorPlace(before.replace(/\S/g, ' ') + json)) ?? [];
    throw new ScriptError(path, `${basename(path)}:${line}:${column}: its manifest is not JSON here`, { cause });
  }
}
