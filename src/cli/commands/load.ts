import { reportCrashes } from '../../boundary/report-crashes.js';
import { UsageError } from '../../errors/index.js';
import { librariesOf } from '../../loader/plugin/load-plugins.js';
import { onPluginLog } from '../../loader/plugin/log.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { printable } from '../../text/printable.js';
import type { Command } from '../command.js';
import type { Flag } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { isIsolated, isolateOptionsOf, PLACE_FLAGS, type PlaceRequest } from '../flags/isolation.js';
import type { Argument } from '../flags/parse-flags.js';
import type { NamedPlugin } from '../flags/plan.js';
import { PARAMETER_FLAGS, type ParametersRequest, TRUST_FLAGS, type TrustRequest } from '../flags/plugins.js';
import { loadNamed } from '../named-plugin.js';
import { print } from '../terminal/terminal.js';

/** What the command line asks for, before anything is opened. */
export interface LoadRequest extends TrustRequest, PlaceRequest {
  plugins: readonly NamedPlugin[];
}

type LoadFlags = Omit<LoadRequest, 'plugins'> & ParametersRequest;

const FLAGS: readonly Flag<LoadFlags>[] = [...PARAMETER_FLAGS, ...TRUST_FLAGS, ...PLACE_FLAGS];

export const load: Command = {
  usage: 'host load PATH... [FLAG...]',
  about:
    "Opens each library, or each library of a directory, looks up NewPlugin, and prints the plugin's name and what its run returns.",
  flags: FLAGS,
  examples: ['host load ./libmine.so -p text=hello', 'host load plugins/ --isolate'],
  status: '0 all were loaded, 2 any failed.',
  run(given, terminal) {
    const request = readLoadRequest(given);
    reportCrashes();
    onPluginLog(({ label, level, message }) => terminal.warn(`${label}: ${level}: ${message}`));
    for (const plugin of request.plugins) {
      terminal.attempt(() => {
        const paths = fileStatusOf(plugin.name)?.isDirectory() ? librariesOf(plugin.name) : [plugin.name];
        for (const path of paths) terminal.attempt(() => show(plugin, path, request));
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
  const { plan: _, ...request } = readFlags('load', FLAGS, { plan } as LoadFlags, given, (name) => {
    plugins.push({ name, parameters: [] });
  });
  if (plugins.length === 0) throw new UsageError('load: no PATH is given', { hint: 'see: host load --help' });
  return { ...request, plugins };
}

function show(named: NamedPlugin, path: string, request: LoadRequest): void {
  const { lock, allowWritable } = request;
  // Two copies of a plugin may be named, to see both.
  const options = { lock, allowWritable, allowDuplicate: true };
  using plugin = loadNamed(named, path, options, isIsolated(request) ? isolateOptionsOf(request) : undefined);
  // A plugin's text must not control the terminal.
  print(`${plugin.name}\n${printable(plugin.run())}\n`);
}
