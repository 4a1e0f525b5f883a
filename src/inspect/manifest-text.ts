import { isUtf8 } from 'node:buffer';
import { nulIn } from '../text/nul.js';

/** The name of the symbol that holds a manifest. */
export const MANIFEST_SYMBOL = 'plug_manifest';

/** The three parts of a manifest in a file. The JSON is not checked yet. */
export interface ManifestText {
  /** The version of the contract's headers. */
  abi: { major: number; minor: number };
  /** Compiler and target, such as `gcc 12.2.0 x86_64-linux`. */
  compiler: string;
  /** What the author wrote; it should be JSON. */
  json: string;
}

/** Splits the bytes of the symbol into the parts; throws Error with the reason. */
export function splitManifest(bytes: Buffer): ManifestText {
  const end = nulIn(bytes);
  const used = bytes.subarray(0, end < 0 ? bytes.length : end);
  if (!isUtf8(used)) throw new Error('it is not UTF-8');
  const text = used.toString();
  const [magic = '', compiler = '', ...json] = text.split('\n');
  const version = /^plughost (\d{1,6})\.(\d{1,6})$/.exec(magic);
  if (!version) throw new Error('it does not begin with a line such as "plughost 1.0"');
  return {
    abi: { major: Number(version[1]), minor: Number(version[2]) },
    compiler: compiler.replace(/\s+/g, ' ').trim(),
    json: json.join('\n').trim(),
  };
}
