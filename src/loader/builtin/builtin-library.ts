import { join } from 'node:path';
import { ADDON } from '../../addon/location/native-folder.js';
import { RUNNER } from '../../addon/location/runner-path.js';
import type { NativeBuiltin } from '../../addon/registry.js';
import { addon, addonMissing, buildFolder } from '../../addon.js';
import type { Manifest } from '../../contract/manifest.js';
import { ManifestError, reasonOf } from '../../errors/index.js';
import { type ManifestText, splitManifest } from '../../inspect/manifest-text.js';
import { judgeManifest } from '../library/judge.js';
import { ensureLocked, type Hashes, type Lock, lockOf, sha256Of } from '../trust/lock-file.js';

/** Sources of plugins that are linked into the host begin with this. Such a source is never a path. */
export const BUILTIN = 'builtin:';

export const isBuiltin = (source: string): boolean => source.startsWith(BUILTIN);

/**
 * A plugin that is linked into the addon and the runner. It stands where a plugin's library would, and belongs to the
 * addon: nothing opens or closes it, and who can change it can change the host.
 */
export class BuiltinLibrary {
  /** Its source, `builtin:NAME`. */
  readonly path: string;
  /** @throws ManifestError, AbiError */
  readonly manifest: Manifest;
  readonly #native: NativeBuiltin;

  constructor(native: NativeBuiltin) {
    this.path = BUILTIN + native.name;
    this.manifest = manifestOf(this.path, native.manifest);
    this.#native = native;
  }

  /** Returns where its `NewPlugin` lies, as `Library.lookup` does. */
  lookup(_name: 'NewPlugin'): { kind: 'function' | 'data'; address: bigint } {
    return { kind: this.#native.kind, address: this.#native.newPlugin };
  }

  /** Refuses it unless the lock lists it with the files that it is a part of. @throws LockError, InputError */
  ensureLocked(lock: Lock | string): void {
    ensureLocked(lockOf(lock), this.path, this.manifest, hashesOfHost());
  }
}

/** Returns the names of the plugins that are linked into the addon; none if there is no addon. */
export const builtinNames = (): string[] => natives().map(({ name }) => name);

/** Returns the plugin of a source such as `builtin:contains`; undefined when there is none. @throws ManifestError, AbiError */
export function findBuiltin(source: string): BuiltinLibrary | undefined {
  const native = isBuiltin(source) ? natives().find(({ name }) => BUILTIN + name === source) : undefined;
  return native && new BuiltinLibrary(native);
}

/** Returns the hashes of the files that hold the code of these plugins. @throws InputError */
export function hashesOfHost(): Hashes {
  return {
    sha256: sha256Of(join(buildFolder, ADDON)),
    needed: [{ name: 'plughost-runner', sha256: sha256Of(RUNNER) }],
  };
}

let known: readonly NativeBuiltin[] | undefined;

function natives(): readonly NativeBuiltin[] {
  known ??= addonMissing() ? [] : addon().builtin();
  return known;
}

function manifestOf(path: string, bytes: Buffer): Manifest {
  let text: ManifestText;
  try {
    text = splitManifest(bytes);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
  return judgeManifest(path, text);
}
