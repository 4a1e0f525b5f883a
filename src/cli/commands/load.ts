import { statSync } from 'node:fs';
import { PlughostError, UsageError } from '../../errors.js';
import { librariesOf } from '../../loader/load-plugins.js';
import { onPluginLog } from '../../loader/log.js';
import { COMMON_FLAGS, describeFlags, type Flag, parseFlags } from '../flags.js';
import { loadNamed, type NamedPlugin, PARAMETER_FLAGS, takeParameter } from '../named-plugin.js';
import { print, Terminal, type When } from '../terminal.js';

const FLAGS: Flag[] = [...PARAMETER_FLAGS, ...COMMON_FLAGS];

const HELP = `Usage: host load PATH...

Opens each library, or each one in a directory, looks up NewPlugin, and prints
the plugin's name and what its run gives.

${describeFlags(FLAGS)}

Exit status: 0 all were loaded, 2 any failed.
`;

/** `host load`; gives the exit status. */
export async function load(args: string[]): Promise<number> {
  const named: NamedPlugin[] = [];
  let [color, verbose, help]: [When, boolean, boolean] = ['auto', false, false];
  for (const argument of parseFlags('load', FLAGS, args)) {
    if (argument.kind === 'operand') named.push({ name: argument.value, parameters: [] });
    else if (takeParameter('load', named.at(-1), argument.name, argument.value)) continue;
    else if (argument.name === 'help') help = true;
    else if (argument.name === 'color') color = argument.value as When;
    else if (argument.name === 'verbose') verbose = true;
  }
  if (help) {
    print(HELP);
    return 0;
  }
  if (named.length === 0) throw new UsageError('load: no PATH is given', { hint: 'see: host load --help' });

  const terminal = new Terminal(color, verbose);
  onPluginLog(({ label, level, message }) => terminal.warn(`${label}: ${level}: ${message}`));
  let status = 0;
  const attempt = (step: () => void) => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof PlughostError)) throw error;
      terminal.error(error);
      status = 2;
    }
  };
  for (const plugin of named) {
    attempt(() => {
      const paths = isDirectory(plugin.name) ? librariesOf(plugin.name) : [plugin.name];
      for (const path of paths) attempt(() => show(plugin, path));
    });
  }
  return status;
}

function show(named: NamedPlugin, path: string): void {
  using plugin = loadNamed(named, path);
  print(`${plugin.name}\n${plugin.run()}\n`);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
