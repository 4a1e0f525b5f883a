import type { Writable } from 'node:stream';
import type { RunSpec } from '../addon/run-spec.js';
import type { NativeStage } from '../addon/stage.js';
import type { DataPath } from '../arguments/paths.js';
import { UsageError } from '../errors/index.js';
import { bytesOf } from '../files/file-name.js';
import type { Shape } from '../loader/plugin/capabilities.js';
import { CAPABILITIES, type Capability, type Plugin } from '../loader/plugin/plugin.js';
import type { CheckedInput, CheckedPipeline } from './arguments.js';

/** A file by its path, or an open descriptor with a name for messages; the descriptor is not closed. */
export type Input = DataPath | { fd: number; name?: string | undefined };

/**
 * Where a run writes. A file, by its path, appears or is replaced when all inputs were read and the run has ended well. A
 * stream and a descriptor are neither closed nor ended; a stream has taken every byte when the run has ended, and gets
 * nothing more of one that is aborted.
 */
export type Output = DataPath | Writable | { fd: number; name?: string | undefined };

export interface FilterStage {
  filter: Plugin;
  /** Keep what the filter drops. */
  invert?: boolean;
  /** The call to use; by default the widest that the plugin offers. All give the same lines. */
  shape?: Shape | 'auto';
}

/** Keeps the lines that at least one of the filters keeps. */
export interface AnyStage {
  any: FilterStage[];
}

export interface TransformStage {
  transform: Plugin;
  /** As of a filter. */
  shape?: Shape | 'auto';
}

/** What lines pass on their way from input to output. */
export type Stage = FilterStage | AnyStage | TransformStage;

export interface PrintOptions {
  /** Lines (the default), the names of the inputs that have a kept line, or JSON Lines as ripgrep's `--json`. */
  form?: 'lines' | 'names' | 'json';
  /** Before each line the name of its input. */
  names?: boolean;
  /** Before each line its number in its input. */
  numbers?: boolean;
  /** Behind the name of an input a NUL byte, instead of what else stands there. */
  nul?: boolean;
  /**
   * Escape sequences of a terminal around names, numbers, and what filters find in the lines (`plug_filter.spans`). JSON
   * has none of them.
   */
  color?: boolean;
  /**
   * Lines to show before each kept one: lines of the input, as the transforms of the pipeline leave them. Not with a
   * transform for which lines hang together.
   */
  before?: number;
  /** And behind it. */
  after?: number;
}

export type LongLines = 'fail' | 'skip' | 'split';

export interface Pipeline {
  /** Each gets the lines that the one before it leaves or makes; none by default. */
  stages?: Stage[] | undefined;
  /** Turns kept lines into another format; without one they are written as they are. */
  exporter?: Plugin | undefined;
  /** Without one the run only counts. */
  output?: Output | undefined;
  /** Whether a file that is the output gets what there is although the run has failed, or could not read an input. */
  keepPartial?: boolean | undefined;
  /** Whether the output goes on from what an exporter has written before: what stands before the lines is not repeated. */
  continued?: boolean | undefined;
  /** How kept lines are shown; not with an exporter. By default they go out as they are. */
  print?: PrintOptions | undefined;
  /** Lines, at least 1: when so many are kept, the run has ended well. */
  limit?: number | undefined;
  /** Lines, at least 1: when so many are kept of an input, the run goes on with the next one. */
  inputLimit?: number | undefined;
  /** Threads; by default one for each core. */
  workers?: number | undefined;
  /** Bytes that a worker takes at once; by default the engine's choice. */
  blockSize?: number | undefined;
  /** Whether a carriage return before a newline is no part of the line for filters and exporters. It stays in the output. */
  crlf?: boolean | undefined;
  /** Bytes of the longest line, without its end; 16 MiB by default. */
  maxLine?: number | undefined;
  /** What becomes of a longer one: the run fails (the default), it is left out, or it is cut into lines of that length. */
  longLines?: LongLines | undefined;
}

/** The plugins of a pipeline, stages first. */
export function pluginsOf({ stages = [], exporter }: Pick<Pipeline, 'stages' | 'exporter'>): Plugin[] {
  return [...stages.flatMap(pluginsOfStage), ...(exporter ? [exporter] : [])];
}

/**
 * What the engine gets, where 0 says that no number was given; `output` is where the bytes go.
 * @throws CapabilityError, UsageError
 */
export function specOf(
  inputs: readonly CheckedInput[],
  pipeline: CheckedPipeline,
  output: RunSpec['output'],
  fed = false,
): RunSpec {
  const { print = {}, stages = [] } = pipeline;
  if (pipeline.exporter && Object.values(print).some((option) => option && option !== 'lines')) {
    throw new UsageError('run: an exporter decides itself how lines are shown');
  }
  const { form, nul, color, ...shown } = print;
  if (form === 'names' && Object.values(shown).some(Boolean)) {
    throw new UsageError('run: where only names of inputs are printed, nothing else of lines can be shown');
  }
  const bound = stages.find((stage) => 'transform' in stage && stage.transform.transform?.linewise === false);
  if ((print.before || print.after) && bound && 'transform' in bound) {
    throw new UsageError(
      `run: the lines around kept ones cannot be shown behind ${bound.transform.label}: what it makes of a line depends on other lines`,
    );
  }
  return {
    inputs: inputs.map((input) =>
      typeof input === 'string' ? { name: bytesOf(input) } : { ...input, name: bytesOf(input.name) },
    ),
    fed,
    stages: stages.map((stage) => ('any' in stage ? { any: stage.any.map(stageOf) } : stageOf(stage))),
    exporter: pipeline.exporter?.stage('exporter') ?? null,
    output,
    continued: pipeline.continued ?? false,
    print: {
      form: print.form ?? 'lines',
      names: print.names ?? false,
      numbers: print.numbers ?? false,
      nul: print.nul ?? false,
      color: print.color ?? false,
      before: print.before ?? 0,
      after: print.after ?? 0,
    },
    limit: pipeline.limit ?? 0,
    inputLimit: pipeline.inputLimit ?? 0,
    workers: pipeline.workers ?? 0,
    blockSize: pipeline.blockSize ?? 0,
    crlf: pipeline.crlf ?? false,
    maxLine: pipeline.maxLine ?? 0,
    longLines: pipeline.longLines ?? 'fail',
  };
}

/** A stage that uses one plugin: the kind of plugin is its key, and what else it has are options. */
type PluginStage = Exclude<Stage, AnyStage>;

function pluginsOfStage(stage: Stage): Plugin[] {
  return 'any' in stage ? stage.any.map(pluginOf) : [pluginOf(stage)];
}

function pluginOf(stage: PluginStage): Plugin {
  return kindAndPluginOf(stage)[1];
}

function stageOf(stage: PluginStage): NativeStage {
  const [kind, plugin] = kindAndPluginOf(stage);
  return plugin.stage(kind, stage);
}

function kindAndPluginOf(stage: PluginStage): [kind: Capability, plugin: Plugin] {
  for (const kind of CAPABILITIES) {
    const plugin = (stage as { [K in Capability]?: Plugin })[kind];
    if (plugin) return [kind, plugin];
  }
  throw new UsageError('run: a stage needs a plugin');
}
