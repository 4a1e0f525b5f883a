import { type Manifest, parseManifest } from '../../contract/manifest.js';
import { RulesError, reasonOf } from '../../errors/index.js';
import { readTextFile } from '../../files/text-file.js';
import type { Form } from './form.js';

const SUFFIX = '.rules.json';

/** The largest file in bytes. */
const MAX_SIZE = 1 << 20;

/** A file of rules: conditions that keep lines, and replacements. The adapter is the crate plugins-rust/rules. */
export const rules: Form = {
  name: 'rules',
  suffixes: [SUFFIX],
  claims: (path) => path.endsWith('.json'),
  isPlugin: (path) => path.endsWith(SUFFIX),
  examine(path, trust) {
    trust(path);
    const { text, bytes } = readTextFile(path, 'read the rules', MAX_SIZE);
    const name = path.slice(path.lastIndexOf('/') + 1);
    return { form: rules, path, manifest: manifestOf(path, text), files: [{ name, text, bytes }] };
  },
  refused: (path, reason) => new RulesError(path, reason),
};

/** The fields of a manifest that a file of rules has. What it keeps and replaces says which kinds it offers. */
const FIELDS = ['id', 'name', 'version', 'description', 'license'];

function manifestOf(path: string, text: string): Manifest {
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file !== 'object' || file === null || Array.isArray(file)) throw new Error('it is not a JSON object');
    const known = Object.entries(file).filter(([key]) => FIELDS.includes(key));
    const extensions = [
      ...('keep' in file ? ['plug.filter/1'] : []),
      ...('replace' in file ? ['plug.transform/1'] : []),
    ];
    const config = { type: 'object', properties: {}, additionalProperties: false };
    return parseManifest(JSON.stringify({ ...Object.fromEntries(known), extensions, config }));
  } catch (cause) {
    throw new RulesError(path, reasonOf(cause), { cause });
  }
}
