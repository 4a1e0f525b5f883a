import type { Manifest } from '../../contract/manifest.js';
import { AbiError, ManifestError, PluginFailedError, reasonOf, WasmError } from '../../errors/index.js';
import { readBytes } from '../../files/text-file.js';
import { FormatError } from '../../inspect/inspection.js';
import { splitManifest } from '../../inspect/manifest-text.js';
import { isWasm, readWasm } from '../../inspect/wasm/wasm.js';
import { judgeManifest } from '../library/judge.js';
import type { FileForm } from './form.js';

const SUFFIX = '.wasm';

/** The largest module in bytes. It bounds the time that a compiler takes for a hostile one. */
const MAX_SIZE = 4 << 20;

/** A WebAssembly module. The adapter is the crate plugins-rust/wasm. */
export const wasm: FileForm = {
  name: 'wasm',
  compiles: true,
  suffixes: [SUFFIX],
  claims: (path, head) => isWasm(head) || path.endsWith(SUFFIX),
  isPlugin: (_, head) => isWasm(head),
  examine(path, trust) {
    trust(path);
    const bytes = readBytes(path, 'read the module', MAX_SIZE);
    const manifest = manifestOf(path, bytes);
    return {
      form: wasm,
      path,
      manifest,
      handed: { plugin: manifest.name, base64: bytes.toString('base64') },
      files: [{ name: path.slice(path.lastIndexOf('/') + 1), bytes: () => bytes }],
    };
  },
  initError({ path }, error) {
    if (!(error instanceof PluginFailedError) || error.operation !== 'init' || error.status !== 'ABI') return error;
    return new WasmError(path, error.reason, { cause: error });
  },
};

/** Returns the manifest among the data of a module. */
function manifestOf(path: string, bytes: Buffer): Manifest {
  try {
    const { manifest } = readWasm(bytes);
    if (manifest) return judgeManifest(path, splitManifest(manifest));
  } catch (cause) {
    if (cause instanceof AbiError) throw cause;
    if (cause instanceof FormatError) throw new WasmError(path, `it ${cause.message}`, { cause });
    const reason = cause instanceof ManifestError ? cause.reason : reasonOf(cause);
    throw new WasmError(path, `its manifest cannot be used: ${reason}`, { cause });
  }
  throw new WasmError(path, 'it exports no plug_manifest', {
    hint: 'compile a plugin with its PLUG_MANIFEST, and link it with -Wl,--export=plug_manifest',
  });
}
