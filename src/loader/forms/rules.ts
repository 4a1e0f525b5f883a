import type { Manifest } from '../../contract/manifest.js';
import { ConfigError, RulesError, reasonOf } from '../../errors/index.js';
import { readTextFile } from '../../files/text-file.js';
import type { FileForm } from './form.js';
import { isAboutRows, parseRules } from './rules-file.js';

const SUFFIX = '.rules.json';

/** The largest file in bytes. */
const MAX_SIZE = 1 << 20;

/** A file of rules: conditions that keep lines, and replacements. The adapter is the crate plugins-rust/rules. */
export const rules: FileForm = {
  name: 'rules',
  suffixes: [SUFFIX],
  claims: (path) => path.endsWith('.json'),
  isPlugin: (path) => path.endsWith(SUFFIX),
  examine(path, trust) {
    trust(path);
    const { text, bytes } = readTextFile(path, 'read the rules', MAX_SIZE);
    const name = path.slice(path.lastIndexOf('/') + 1);
    return {
      form: rules,
      path,
      manifest: manifestOf(path, text),
      handed: [{ name, text }],
      files: [{ name, bytes: () => bytes }],
    };
  },
  initError: ({ path }, error) => (error instanceof ConfigError ? new RulesError(path, error.reason) : error),
};

/** Returns the manifest of a file. What it keeps and replaces says which kinds it offers. It has no options. */
function manifestOf(path: string, text: string): Manifest {
  try {
    const { id, name, version, description, license, keep, replace } = parseRules(text);
    return {
      id,
      name,
      version,
      description,
      license,
      extensions: [
        ...(keep ? [isAboutRows(keep) ? 'plug.row_filter/1' : 'plug.filter/1'] : []),
        ...(replace ? ['plug.transform/1'] : []),
      ],
      config: { type: 'object', properties: {}, additionalProperties: false },
    };
  } catch (cause) {
    throw new RulesError(path, reasonOf(cause), { cause });
  }
}
