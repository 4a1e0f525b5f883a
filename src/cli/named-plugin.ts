import { ConfigError, reasonOf } from '../errors/index.js';
import { readTextFile } from '../files/text-file.js';
import type { Config } from '../loader/config/config.js';
import { completeParameters, type Parameter } from '../loader/config/parameters.js';
import { isProgram } from '../loader/forms/described.js';
import type { IsolateOptions } from '../loader/isolated/isolate-options.js';
import type { LoadOptions } from '../loader/plugin/load-options.js';
import { loadWith } from '../loader/plugin/load-plugin.js';
import type { Plugin } from '../loader/plugin/plugin.js';
import type { NamedPlugin } from './flags/plan.js';
import { keepStreamsFromPlugins } from './terminal/standard-streams.js';

/**
 * Loads a plugin, in a process of its own if `isolate` is given. Its options are converted by the manifest of the file that
 * is loaded.
 */
export function loadNamed(
  plugin: NamedPlugin,
  path: string,
  options: Omit<LoadOptions, 'config'> = {},
  isolate: IsolateOptions | undefined = undefined,
): Plugin {
  if (!isolate) keepStreamsFromPlugins();
  const place = isolate && (isProgram(path) ? isolate : { ...isolate, env: undefined });
  const load = { ...options, ...(place && { isolate: place }) };
  return loadWith(path, load, (owner, schema) => completeParameters(owner, schema, parametersOf(plugin)));
}

/** Plugins that a command has loaded. Disposing of them closes them. */
export class LoadedPlugins implements Disposable {
  readonly #plugins: Plugin[] = [];

  /** As `loadNamed`. */
  load(...loading: Parameters<typeof loadNamed>): Plugin {
    const plugin = loadNamed(...loading);
    this.#plugins.push(plugin);
    return plugin;
  }

  [Symbol.dispose](): void {
    for (const plugin of this.#plugins) plugin.close();
  }
}

/** Returns the options in order. Reads a file among them only when its turn comes, after errors of earlier options. */
function* parametersOf({ name, parameters }: NamedPlugin): Generator<Parameter> {
  for (const parameter of parameters)
    yield 'file' in parameter ? { values: readParameters(name, parameter.file) } : parameter;
}

function readParameters(name: string, file: string): Config {
  const { text } = readTextFile(file, 'read the options');
  try {
    const value = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Config;
  } catch (cause) {
    throw new ConfigError(name, `${file}: ${reasonOf(cause)}`, { cause });
  }
  throw new ConfigError(name, `${file} does not hold a JSON object`);
}
