import { UsageError } from '../../errors/index.js';
import { describedFormOf, isProgram } from '../../loader/forms/described.js';
import { printable } from '../../text/printable.js';
import { type Command, PLUGIN_OPERAND } from '../command.js';
import type { Flag } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { isIsolated, isolateOptionsOf, PLACE_FLAGS, type PlaceRequest } from '../flags/isolation.js';
import type { Argument } from '../flags/parse-flags.js';
import type { NamedPlugin } from '../flags/plan.js';
import { LOADING_FLAGS, type LoadingRequest, type ParametersRequest } from '../flags/plugins.js';
import { loadNamed } from '../named-plugin.js';
import { pluginsNamed } from '../named-plugins.js';
import { reportOnPlugins } from '../terminal/plugin-reports.js';
import { print } from '../terminal/terminal.js';

/** What the command line asks for, before anything is opened. */
export interface LoadRequest extends LoadingRequest, PlaceRequest {
  plugins: readonly NamedPlugin[];
}

type LoadFlags = Omit<LoadRequest, 'plugins'> & ParametersRequest;

const FLAGS: readonly Flag<LoadFlags>[] = [...LOADING_FLAGS, ...PLACE_FLAGS];

export const load: Command = {
  usage: 'plughost load PLUGIN... [FLAG...]',
  about:
    "Opens each plugin, or each library of a directory, looks up NewPlugin, and prints the plugin's name and what its run returns.",
  details: PLUGIN_OPERAND,
  flags: FLAGS,
  examples: ['plughost load greet', 'plughost load ./libmine.so -p text=hello', 'plughost load plugins/ --isolate'],
  status: '0 all were loaded, 2 any failed.',
  operands: 'plugins',
  run(given, terminal) {
    const request = readLoadRequest(given);
    reportOnPlugins(terminal);
    for (const plugin of request.plugins) {
      terminal.attempt(() => {
        for (const path of pluginsNamed(plugin.name, request.folders))
          terminal.attempt(() => show(plugin, path, request));
      });
    }
    return terminal.hasFailed ? 2 : 0;
  },
};

/** @throws UsageError */
export function readLoadRequest(given: readonly Argument[]): LoadRequest {
  const plugins: NamedPlugin[] = [];
  const plan = {
    get last() {
      return plugins.at(-1);
    },
  };
  const flags = { plan } as LoadFlags;
  const { plan: _, ...request } = readFlags('load', FLAGS, flags, given, (name) => {
    plugins.push({ name, parameters: [] });
    flags.isolatesOne ||= describedFormOf(name) !== undefined;
    flags.hasProgram ||= isProgram(name);
  });
  if (plugins.length === 0) throw new UsageError('load: no PLUGIN is given', { hint: 'see: plughost load --help' });
  return { ...request, plugins };
}

function show(named: NamedPlugin, path: string, request: LoadRequest): void {
  const { lock, allowWritable, allowHosts } = request;
  // Two copies of a plugin may be named, to see both.
  const options = { lock, allowWritable, allowHosts, allowDuplicate: true };
  const isolates = isIsolated(request) || describedFormOf(path);
  using plugin = loadNamed(named, path, options, isolates ? isolateOptionsOf(request) : undefined);
  // A plugin's text must not control the terminal.
  print(`${plugin.name}\n${printable(plugin.run())}\n`);
}
