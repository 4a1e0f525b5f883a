import type { Manifest } from '../contract/manifest.js';
import { ConfigError, reasonOf } from '../errors/index.js';
import { readTextFile } from '../files/text-file.js';
import { inspect } from '../inspect/inspect.js';
import { type Config, parseParameter } from '../loader/config/config.js';
import type { IsolateOptions } from '../loader/isolated/isolate.js';
import { judgeLibrary, judgePlugin } from '../loader/library/judge.js';
import { type OpenOptions, open } from '../loader/library/open.js';
import { realpath } from '../loader/library/realpath.js';
import { loadPlugin } from '../loader/plugin/load-plugin.js';
import type { Plugin } from '../loader/plugin/plugin.js';
import type { NamedPlugin } from './flags/plan.js';
import { keepStreamsFromPlugins } from './terminal/standard-streams.js';

/** Converts the options of a plugin by its manifest, and loads it, in a process of its own if `isolate` is given. */
export function loadNamed(
  plugin: NamedPlugin,
  path: string,
  options: OpenOptions = {},
  isolate: IsolateOptions | undefined = undefined,
): Plugin {
  if (isolate) {
    // This reads only the types of the options. The library that is loaded is read and judged again, as a whole.
    const file = realpath(path);
    const manifest = judgeLibrary(file, inspect(file), []);
    return loadPlugin(path, { ...options, config: configOf(plugin, manifest), isolate });
  }
  keepStreamsFromPlugins();
  const library = open(path, { ...options, judge: judgePlugin });
  return loadPlugin(library, { config: configOf(plugin, library.manifest) });
}

function configOf(plugin: NamedPlugin, manifest: Manifest | undefined): Config {
  const config: Config = {};
  for (const parameter of plugin.parameters) {
    if ('file' in parameter) Object.assign(config, readParameters(plugin.name, parameter.file));
    else if ('values' in parameter) Object.assign(config, parameter.values);
    else
      config[parameter.key] = parseParameter(
        manifest?.name ?? plugin.name,
        manifest?.config,
        parameter.key,
        parameter.text,
      );
  }
  return config;
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
