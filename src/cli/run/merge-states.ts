import { InputError, UsageError } from '../../errors/index.js';
import { discoverNamed } from '../../loader/discover.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import { searchPath } from '../../loader/plugin/plugin-path.js';
import type { Caller } from '../../pipeline/caller.js';
import { describeRows } from '../../pipeline/rows/describe.js';
import type { HeaderSection } from '../../pipeline/states/header.js';
import type { Merging } from '../../pipeline/states/merge.js';
import { OpenStates } from '../../pipeline/states/open-states.js';
import type { NamedPlugin } from '../flags/plan.js';
import type { MergeRequest } from '../flags/states.js';
import { LoadedPlugins } from '../named-plugin.js';
import { loadFor } from '../plugin-for.js';
import { reportOnPlugins } from '../terminal/plugin-reports.js';
import { STANDARD_INPUT } from '../terminal/standard-streams.js';
import type { Terminal } from '../terminal/terminal.js';
import { carryOut } from './carry-out.js';
import { trustOf } from './plugin-options.js';
import { plainRequest, type RunRequest } from './run-request.js';

/**
 * Merges files of states, and writes states, or the answers by an exporter. Returns the exit status.
 * @throws UsageError, InputError and what loading a plugin throws
 */
export async function mergeStates(
  caller: Caller,
  paths: readonly string[],
  request: MergeRequest,
  answers: Merging['answers'],
  exporter: NamedPlugin | undefined,
  terminal: Terminal,
): Promise<number> {
  reportOnPlugins(terminal);
  if (paths.filter((path) => path === '-').length > 1)
    throw new UsageError(`${caller.name}: - is standard input, which is there once`);
  const { output, folders, lock, allowWritable, allowHosts } = request;
  const whole: RunRequest = {
    ...plainRequest(),
    output,
    inputs: [...paths],
    folders: [...folders],
    trust: { lock, allowWritable, allowHosts },
  };
  const trust = trustOf(whole);
  // Read before a plugin is loaded, because that moves standard input.
  using states = new OpenStates(paths, STANDARD_INPUT);
  using plugins = new LoadedPlugins();
  const aggregators = loadAggregators(states, folders, (named, path) => plugins.load(named, path, trust));
  const pipeline = {
    workers: 1,
    timeZone: states.header.tz,
    merging: { states, aggregators, answers },
    exporter: exporter && loadFor('export', exporter, folders, (path) => plugins.load(exporter, path, trust)),
  };
  return await carryOut(caller, whole, { names: [], failures: [], warnings: [] }, pipeline, terminal);
}

/** Loads the aggregators that the header of states names. @throws InputError when one is not there, or has states of another kind */
export function loadAggregators(
  { header: { sections }, files: [first] }: OpenStates,
  folders: readonly string[],
  load: (named: NamedPlugin, path: string) => Plugin,
): Plugin[][] {
  const name = first?.name ?? '';
  const found = discoverNamed(searchPath(folders)).filter(({ error }) => !error);
  return sections.map(({ aggregators }) =>
    aggregators.map((described) => {
      const known = found.find(({ manifest }) => manifest?.id === described.id);
      if (!known) {
        throw new InputError(name, 'merge', `it has states of ${described.id}, and there is no such plugin`, {
          hint: 'plughost list shows the plugins; name a folder with --plugin-dir DIR',
        });
      }
      const values = described.config as Record<string, unknown>;
      const plugin = load({ name: known.name, parameters: [{ values }] }, known.path);
      refuseOthers(name, plugin, described);
      return plugin;
    }),
  );
}

/** Refuses a plugin that gives the bytes of a state another meaning. */
function refuseOthers(name: string, plugin: Plugin, described: HeaderSection['aggregators'][number]): void {
  const { revision, outputs } = describeRows(plugin, 'aggregator');
  const refuse = (reason: string): never => {
    throw new InputError(name, 'merge', reason, { hint: 'use the version of the plugin that has written the states' });
  };
  if (revision !== described.revision)
    refuse(`it has states of revision ${described.revision}, and ${plugin.label} has revision ${revision}`);
  const shown = (columns: typeof outputs) => columns.map((column) => `${column.name}:${column.type}`).join(', ');
  if (shown(outputs) !== shown(described.outputs))
    refuse(`its answers are ${shown(described.outputs)}, and those of ${plugin.label} are ${shown(outputs)}`);
}
