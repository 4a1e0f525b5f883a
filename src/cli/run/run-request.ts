import { STAGE_KINDS } from '../../contract/kinds.js';
import type { IsolateOptions } from '../../loader/isolated/isolate-options.js';
import type { PrintOptions } from '../../pipeline/pipeline.js';
import { findConfigs } from '../configuration/find-configs.js';
import type { ConfigArgument } from '../configuration/parse-config.js';
import { FlagReader } from '../flags/flag-reader.js';
import { isolateOptionsOf } from '../flags/isolation.js';
import { contextOf } from '../flags/lines.js';
import { type Argument, negatesFlag, setsFlag } from '../flags/parse-flags.js';
import { type NamedPlugin, type NamedStage, Plan } from '../flags/plan.js';
import type { Trust } from '../flags/plugins.js';
import { RUN_FLAGS, type RunFlags } from '../flags/run.js';
import { placePlugins } from './place-plugins.js';

/** What a run is asked for, before anything is opened. */
export interface RunRequest extends Omit<RunFlags, 'plan'> {
  inputs: string[];
  /** In their order. */
  stages: readonly NamedStage[];
  exporter: NamedPlugin | undefined;
  /** All plugins, those of the stages first. */
  plugins: readonly NamedPlugin[];
  trust: Trust;
  /** What isolated plugins are loaded with. */
  isolation: IsolateOptions;
  /** What the exporter must write of each line beside its text. */
  columns: { numbers: boolean; names: boolean };
  /** How the engine prints lines. */
  print: Required<PrintOptions>;
  /** The configuration whose stages those of the command line replace. */
  replaced: string | undefined;
  /** The configuration that sets a flag, for messages. */
  files: Map<string, string>;
}

/**
 * Reads the configurations that count here, and the command line on top of them.
 * @param warn hears why a configuration that was found is not used
 * @throws UsageError; InputError, UntrustedConfigError when a configuration cannot be used
 */
export function readRunRequest(given: readonly Argument[], warn: (text: string) => void = () => {}): RunRequest {
  const configs = findConfigs(given, warn);
  // The strongest source that has any stages decides about all stages, and the same holds for inputs.
  const hasOwnStages = (config: { stages: readonly unknown[] }) => config.stages.length > 0;
  const hasStages = given.some((argument) => setsFlag(argument, ...STAGE_KINDS, 'parse', 'where', 'aggregate'));
  const stages = hasStages ? undefined : configs.findLast(hasOwnStages);
  const hasInputs = given.some(({ kind }) => kind === 'operand');
  const inputs = hasInputs ? undefined : configs.findLast((config) => config.inputs.length > 0);

  const draft = { plan: new Plan(), inputs: [] } as unknown as RunFlags & { inputs: string[] };
  const reader = new FlagReader<RunFlags>('run', RUN_FLAGS, draft);
  const read = (argumentsOfSource: readonly ConfigArgument[], file: string | undefined) => {
    const { plan } = draft;
    plan.startSource(file);
    const weaker = draft.folders;
    draft.folders = [];
    reader.read<ConfigArgument>(argumentsOfSource, file, (argument) => {
      if (argument.kind === 'operand') draft.inputs.push(argument.value);
      else if (argument.kind === 'params') plan.last?.parameters.push({ values: argument.values });
      else if (plan.last) plan.last.isolate = argument.value;
    });
    // Folders of a stronger source come first, unless it drops those of the weaker ones.
    if (!argumentsOfSource.some((argument) => negatesFlag(argument, 'plugin-dir'))) {
      draft.folders = [...draft.folders, ...weaker];
    }
  };
  for (const config of configs) {
    const { file, flags } = config;
    read([...flags, ...(config === stages ? config.stages : []), ...(config === inputs ? config.inputs : [])], file);
  }
  read(given, undefined);
  draft.plan.finish();
  placePlugins(draft, reader);
  reader.check();
  return { ...finished(draft, reader), replaced: hasStages ? configs.findLast(hasOwnStages)?.file : undefined };
}

/** Returns the request of a run that no flag and no configuration changes. */
export function plainRequest(): RunRequest {
  const draft = { plan: new Plan(), inputs: [] } as unknown as RunFlags & { inputs: string[] };
  return finished(draft, new FlagReader<RunFlags>('run', RUN_FLAGS, draft));
}

/** Derives from the flags what the loader and the engine get. */
function finished({ plan, ...flags }: RunFlags & { inputs: string[] }, reader: FlagReader<RunFlags>): RunRequest {
  const { exporter, stages } = plan;
  const { numbers, nul, listed, json, filenames, lock, allowWritable, allowHosts, inputs } = flags;
  const names = filenames === 'always';
  // A configuration may say which columns are written, whatever the stages of this run are.
  const writesRows = stages.some(({ kind }) => kind === 'parse') && !stages.some(({ kind }) => kind === 'aggregate');
  const columnNames = reader.fileOf('columns') !== undefined && !writesRows ? undefined : flags.columnNames;
  if (exporter && (numbers || names)) {
    // Exporters that can write them have options for that.
    exporter.parameters.push({ values: { ...(numbers && { line: true }), ...(names && { file: true }) } });
  }
  return {
    ...flags,
    columnNames,
    inputs: inputs.length > 0 ? inputs : ['-'],
    stages,
    exporter,
    plugins: plan.plugins,
    trust: { lock, allowWritable, allowHosts },
    isolation: isolateOptionsOf(flags),
    columns: exporter ? { numbers, names } : { numbers: false, names: false },
    print: {
      form: listed === 'with' ? 'names' : json ? 'json' : 'lines',
      names: names && !exporter,
      numbers: numbers && !exporter,
      nul,
      color: false,
      ...contextOf({ ...flags, plan }),
    },
    replaced: undefined,
    files: reader.files(),
  };
}
