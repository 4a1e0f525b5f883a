import { reportCrashes } from '../../boundary/report-crashes.js';
import { UsageError } from '../../errors/index.js';
import { librariesOf } from '../../loader/plugin/load-plugins.js';
import { onPluginLog } from '../../loader/plugin/log.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { printable } from '../../text/printable.js';
import { COMMON_FLAGS, describeFlags, type Flag, parseFlags } from '../flags/flags.js';
import {
  ISOLATE_FLAGS,
  type IsolateRequest,
  isIsolated,
  isolateOptionsOf,
  noIsolation,
  takeIsolate,
} from '../flags/isolate-flags.js';
import { TRUST_FLAGS, type Trust, takeTrust } from '../flags/trust-flags.js';
import { loadNamed, type NamedPlugin, PARAMETER_FLAGS, takeParameter } from '../named-plugin.js';
import { print, type Terminal } from '../terminal/terminal.js';
import type { When } from '../terminal/when.js';

export const FLAGS: Flag[] = [...PARAMETER_FLAGS, ...TRUST_FLAGS, ...ISOLATE_FLAGS, ...COMMON_FLAGS];

const HELP = `Usage: host load PATH...

Opens each library, or each one in a directory, looks up NewPlugin, and prints
the plugin's name and what its run gives.

${describeFlags(FLAGS)}

Exit status: 0 all were loaded, 2 any failed.
`;

/** What the command line asks for, before anything is opened. */
export interface LoadRequest {
  plugins: NamedPlugin[];
  trust: Trust;
  isolation: IsolateRequest;
  help: boolean;
  color: When;
  verbose: boolean;
}

/** @throws UsageError */
export function readLoadRequest(args: string[]): LoadRequest {
  const request: LoadRequest = {
    plugins: [],
    trust: {},
    isolation: noIsolation(),
    help: false,
    color: 'auto',
    verbose: false,
  };
  for (const argument of parseFlags('load', FLAGS, args)) {
    if (argument.kind === 'operand') {
      request.plugins.push({ name: argument.value, parameters: [] });
      continue;
    }
    if (takeParameter('load', request.plugins.at(-1), argument.name, argument.value)) continue;
    if (takeTrust(request.trust, argument.name, argument.value)) continue;
    if (takeIsolate('load', request.isolation, argument.name, argument.value)) continue;
    switch (argument.name) {
      case 'color':
        request.color = argument.value as When;
        break;
      case 'help':
      case 'verbose':
        request[argument.name] = true;
    }
  }
  if (request.plugins.length === 0 && !request.help) {
    throw new UsageError('load: no PATH is given', { hint: 'see: host load --help' });
  }
  isolateOptionsOf('load', request.isolation);
  return request;
}

/** `host load`; gives the exit status. */
export function load(args: string[], terminal: Terminal): number {
  const request = readLoadRequest(args);
  terminal.configure(request);
  if (request.help) {
    print(HELP);
    return 0;
  }
  reportCrashes();
  onPluginLog(({ label, level, message }) => terminal.warn(`${label}: ${level}: ${message}`));
  for (const plugin of request.plugins) {
    terminal.attempt(() => {
      const paths = fileStatusOf(plugin.name)?.isDirectory() ? librariesOf(plugin.name) : [plugin.name];
      for (const path of paths) terminal.attempt(() => show(plugin, path, request));
    });
  }
  return terminal.hasFailed ? 2 : 0;
}

function show(named: NamedPlugin, path: string, { trust, isolation }: LoadRequest): void {
  // Whoever asks for copies of a plugin wants to see them all.
  using plugin = loadNamed(
    named,
    path,
    { ...trust, allowDuplicate: true },
    isIsolated(isolation) ? isolation.options : undefined,
  );
  // What a plugin writes is for people to read, and must not command the terminal that shows it.
  print(`${plugin.name}\n${printable(plugin.run())}\n`);
}
