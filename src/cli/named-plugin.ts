import type { Manifest } from '../contract/manifest.js';
import { ConfigError, reasonOf, UsageError } from '../errors/index.js';
import { readTextFile } from '../files/text-file.js';
import { inspect } from '../inspect/inspect.js';
import { type Config, parseParameter } from '../loader/config/config.js';
import type { IsolateOptions } from '../loader/isolated/isolate.js';
import { judgeLibrary, judgePlugin } from '../loader/library/judge.js';
import { type OpenOptions, open } from '../loader/library/open.js';
import { realpath } from '../loader/library/realpath.js';
import { loadPlugin } from '../loader/plugin/load-plugin.js';
import type { Plugin } from '../loader/plugin/plugin.js';
import type { Flag } from './flags/flags.js';
import { keepStreamsFromPlugins } from './terminal/standard-streams.js';

/** A plugin as the command line names it, with the options that follow it. */
export interface NamedPlugin {
  name: string;
  parameters: ({ key: string; text: string } | { file: string } | { values: Config })[];
  /** Whether it runs in a process of its own, whatever its configuration says of all. */
  isolate?: boolean | undefined;
  /** The configuration that names it, for messages. */
  file?: string | undefined;
}

/** The options that give the plugin named just before them its own options. */
export const PARAMETER_FLAGS: Flag[] = [
  { name: 'param', short: 'p', value: 'KEY=VALUE', help: 'an option of the plugin named just before' },
  { name: 'params-file', value: 'FILE', help: 'options of that plugin, as a JSON object' },
];

/**
 * Adds `-p` or `--params-file` to the plugin it belongs to; false when the flag is another one.
 * @throws UsageError
 */
export function takeParameter(command: string, plugin: NamedPlugin | undefined, flag: string, value = ''): boolean {
  if (flag !== 'param' && flag !== 'params-file') return false;
  if (!plugin) {
    throw new UsageError(`${command}: --${flag} ${value}: no plugin is named before it`, {
      hint: 'an option follows the plugin that it belongs to: --filter regex -p pattern=…',
    });
  }
  if (flag === 'params-file') {
    plugin.parameters.push({ file: value });
    return true;
  }
  const equals = value.indexOf('=');
  if (equals < 1) throw new UsageError(`${command}: -p ${value}: KEY=VALUE is needed`);
  plugin.parameters.push({ key: value.slice(0, equals), text: value.slice(equals + 1) });
  return true;
}

/** Reads its options by its manifest, and loads the plugin, in a process of its own if there are options for that. */
export function loadNamed(
  plugin: NamedPlugin,
  path: string,
  options: OpenOptions = {},
  isolate: IsolateOptions | undefined = undefined,
): Plugin {
  if (isolate) {
    // Only to know the types of its options; what is loaded is read and judged anew, as a whole.
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
