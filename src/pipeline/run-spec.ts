import type { NativeAnswers, NativeField } from '../addon/row-spec.js';
import type { RunSpec } from '../addon/run-spec.js';
import type { NativeStage } from '../addon/stage.js';
import { UsageError } from '../errors/index.js';
import { systemPath } from '../files/file-name.js';
import type { CheckedInput, CheckedPipeline } from './arguments.js';
import type { Caller } from './caller.js';
import { kindAndPluginOf, type PluginStage } from './plugins.js';
import { rowExportOf, rowStageOf, writerOf } from './rows/row-spec.js';
import type { RowStage } from './rows/row-stage.js';
import { type Zone, zoneOf } from './rows/zone.js';
import { boundedInputs, statesOf } from './states/emit.js';
import type { HeaderSection } from './states/header.js';
import { mergingSpec } from './states/merge.js';

/**
 * Makes the spec of a run, which the addon takes. 0 stands for a number that was not given.
 * @param caller for messages
 * @param fed whether an input comes through `Job.feed`
 * @param unparsed the descriptor for lines that no parser reads
 * @throws CapabilityError, UsageError
 */
export function specOf(
  caller: Caller,
  inputs: readonly CheckedInput[],
  pipeline: CheckedPipeline,
  output: RunSpec['output'],
  { fed = false, unparsed = null }: { fed?: boolean; unparsed?: number | null } = {},
): RunSpec {
  const { print = {}, stages = [], timeZone } = pipeline;
  const zone = timeZoneOf(caller, timeZone);
  if (pipeline.exporter && Object.values(print).some((option) => option && option !== 'lines')) {
    throw new UsageError(`${caller.name}: an exporter decides itself how lines are shown`);
  }
  const { form, nul, color, ...shown } = print;
  if (form === 'names' && Object.values(shown).some(Boolean)) {
    throw new UsageError(`${caller.name}: where only names of inputs are printed, nothing else of lines can be shown`);
  }
  const bound = stages.find((stage) => 'transform' in stage && stage.transform.transform?.linewise === false);
  if ((print.before || print.after) && bound && 'transform' in bound) {
    throw new UsageError(
      `${caller.name}: the lines around kept ones cannot be shown after ${bound.transform.label}: what it makes of a line depends on other lines`,
    );
  }
  const answers: NativeAnswers[] = [];
  const folds: Folds[] = [];
  const nativeStages = stages.map((stage, index): RunSpec['stages'][number] => {
    if (folds.length > 0)
      throw new UsageError(`${caller.name}: the stage after one with aggregations gets no lines`, {
        hint: 'put filters and transforms before it, and all aggregations of a parser into one stage',
      });
    if ('any' in stage) {
      return { any: stage.any.map((one) => ('parser' in one ? rowStageOf(caller, one, zone).stage : stageOf(one))) };
    }
    if (!('parser' in stage)) return stageOf(stage);
    const made = rowStageOf(caller, stage, zone);
    answers.push(...made.answers.map((answer) => ({ ...answer, stage: index })));
    if (made.answers.length > 0) folds.push({ stage, sections: made.sections, columns: made.stage.columns });
    return made.stage;
  });
  if (output === 'frames') {
    if (pipeline.rows && answers.length > 0)
      throw new UsageError('rows: a stage with aggregations passes no rows on', {
        hint: 'aggregate() returns answers',
      });
    if (!pipeline.rows && !pipeline.merging && answers.length === 0)
      throw new UsageError(`${caller.name}: no stage has aggregations`);
  }
  if (output !== 'frames' && pipeline.rows) refuseUnwritten(caller, pipeline, answers.length > 0);
  const read = pipeline.emitStates ? boundedInputs(inputs, pipeline) : inputs;
  const writtenZone = pipeline.exporter?.exporter?.times ? undefined : zone;
  const written = writtenOf(caller, read, pipeline, answers, folds, output);
  const exporter = exporterOf(caller, pipeline, written.answers.length > 0, output, writtenZone);
  if ([...nativeStages, exporter].some(hasNumbers)) refuseParts(caller, inputs);
  return {
    inputs: inputsOf(read),
    fed,
    stages: nativeStages,
    exporter,
    ...written,
    zone: output === 'frames' ? null : (writtenZone?.table ?? null),
    output,
    unparsed,
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

/** Returns a time zone by its name. UTC is undefined. @throws UsageError */
export function timeZoneOf(caller: Caller, name: string | undefined): Zone | undefined {
  if (name === undefined) return undefined;
  return zoneOf(name, (reason, hint) => {
    throw new UsageError(`${caller.name}: timeZone: ${name}: ${reason}`, { hint });
  });
}

/** The parser that has the column `input`. */
const LINE = 'org.plughost.line';

/** A stage that folds rows, and what its states are of. */
interface Folds {
  stage: RowStage;
  sections: HeaderSection[];
  columns: readonly NativeField[];
}

/** Returns what the run writes at its end: answers or states. @throws UsageError */
function writtenOf(
  caller: Caller,
  inputs: readonly CheckedInput[],
  pipeline: CheckedPipeline,
  answers: NativeAnswers[],
  [folds, more]: Folds[],
  output: RunSpec['output'],
): Pick<RunSpec, 'answers' | 'merged' | 'states'> {
  const { exporter, merging, emitStates } = pipeline;
  if (merging) return mergingSpec(merging);
  if (!emitStates) {
    if (answers.length > 0 && !exporter && output !== 'frames')
      throw new UsageError(`${caller.name}: aggregations need an exporter, which writes the answers`, {
        hint: 'aggregate() gives them to the program',
      });
    return { answers, merged: null, states: null };
  }
  if (!folds || more) throw new UsageError(`${caller.name}: states are those of one stage with aggregations`);
  if (exporter || pipeline.output === undefined)
    throw new UsageError(`${caller.name}: states go to an output, and not to an exporter`);
  refusePlaces(caller, folds);
  return { answers: [], merged: null, states: statesOf(caller, inputs, pipeline, folds.stage, folds.sections) };
}

function exporterOf(
  caller: Caller,
  { exporter, rows }: CheckedPipeline,
  hasAnswers: boolean,
  output: RunSpec['output'],
  zone: Zone | undefined,
): RunSpec['exporter'] {
  if (output === 'frames') return rows ? rowExportOf(caller, 'frames', rows, undefined) : 'frames';
  if (!exporter) return null;
  if (hasAnswers) return writerOf(caller, exporter);
  return rows ? rowExportOf(caller, exporter, rows, zone) : exporter.stage('exporter');
}

/** Refuses rows that nothing writes. @throws UsageError */
function refuseUnwritten(caller: Caller, { exporter }: CheckedPipeline, hasAnswers: boolean): void {
  if (hasAnswers)
    throw new UsageError(`${caller.name}: answers have columns of their own, and no rows are written beside them`, {
      hint: 'leave out rows, or the aggregations',
    });
  if (!exporter)
    throw new UsageError(`${caller.name}: rows are written by an exporter, and none is given`, {
      hint: "write: exporter: loadPlugin('csv'); or use rows(), which gives them to the program",
    });
}

/** Returns whether a stage or the exporter reads the numbers of lines as a column. */
function hasNumbers(stage: RunSpec['stages'][number] | RunSpec['exporter']): boolean {
  if (stage === null || typeof stage === 'string') return false;
  if ('any' in stage) return stage.any.some(hasNumbers);
  return 'numbers' in stage && stage.numbers.length > 0;
}

/** Refuses states of the column in which the parser line numbers the inputs of one run: those of two runs have other files. */
function refusePlaces(caller: Caller, { stage, columns }: Folds): void {
  if (stage.parser.id !== LINE || !columns.some(({ name }) => name === 'input')) return;
  throw new UsageError(
    `${caller.name}: the column input counts the inputs of one run, and states are merged with those of others`,
    {
      hint: 'make a state of each file, and print each by plughost finish',
    },
  );
}

/** Refuses parts of files, whose first number is not known. @throws UsageError */
function refuseParts(caller: Caller, inputs: readonly CheckedInput[]): void {
  if (inputs.every((input) => typeof input === 'string' || !('begin' in input) || input.begin === 0)) return;
  throw new UsageError(`${caller.name}: the column number needs whole files, and parts of files are read`, {
    hint: 'the parser line has the column offset, which parts have too',
  });
}

/** Joins the paths that follow each other. */
function inputsOf(inputs: readonly CheckedInput[]): RunSpec['inputs'] {
  const result: RunSpec['inputs'] = [];
  let begin = 0;
  for (let end = 0; end <= inputs.length; end++) {
    const input = inputs[end];
    if (typeof input === 'string') continue;
    if (end > begin) result.push(systemPath(inputs.slice(begin, end).join('\0')));
    if (input) result.push({ ...input, name: systemPath(input.name) });
    begin = end + 1;
  }
  return result;
}

function stageOf(stage: PluginStage): NativeStage {
  const [kind, plugin] = kindAndPluginOf(stage);
  return plugin.stage(kind, stage);
}
