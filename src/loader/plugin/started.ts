import type { Instance } from '../../boundary/boundary.js';
import type { ConfigSchema } from '../../contract/manifest.js';
import { PlughostError, TypeAssertionError } from '../../errors/index.js';
import type { BuiltinLibrary } from '../builtin/builtin-library.js';
import type { ConfigOwner } from '../config/config.js';
import type { Module } from '../forms/form.js';
import type { Library } from '../library/library.js';
import type { Extensions } from './capabilities.js';
import type { Plugin, PluginDescription } from './plugin.js';

/** What makes the instance: a library that is the plugin, a part of the addon that is, or the adapter of a module. */
export interface Subject {
  /** The library, the part of the addon, or the path of the library or adapter. */
  library: string | Library | BuiltinLibrary;
  /** What the adapter runs. The manifest, label, id and path of the plugin are the module's then. */
  module: Module | undefined;
}

/** Returns the JSON text of a plugin's options once its manifest is known. @throws ConfigError, ManifestError */
export type CompleteConfig = (owner: ConfigOwner, schema: ConfigSchema | undefined) => string;

/** An initialised instance with its description and its checked structs. */
export interface Started {
  instance: Instance;
  description: Omit<PluginDescription, 'config'>;
  extensions: Extensions;
  /** Destroys the instance. */
  end: () => void;
  adopt: (plugin: Plugin) => void;
}

/** Returns the error for an `init` that failed. If it was that of an adapter, the form of the module knows what it means. */
export function initError<E>(module: Module | undefined, error: E): E | PlughostError {
  return module && error instanceof PlughostError ? module.form.initError(module, error) : error;
}

/** Returns the error for a plugin that does not offer what its manifest promises. */
export function promised(path: string, id: string): TypeAssertionError {
  return new TypeAssertionError(path, `its manifest promises ${id}, and the plugin does not offer it`);
}
