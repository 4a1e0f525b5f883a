import type { CheckedPipeline } from '../../pipeline/arguments.js';
import { MAX_LINE } from '../../pipeline/failure.js';
import type { Column, ColumnType } from '../../pipeline/rows/column-type.js';
import { describeRows } from '../../pipeline/rows/describe.js';
import { readColumn, readKey, STEPS, TYPES } from '../../pipeline/rows/key.js';
import { rowsOf } from '../../pipeline/rows/rows-of.js';
import type { Progress } from '../../pipeline/run-options.js';
import type { RunResult, StageStatistics } from '../../pipeline/run-result.js';
import { cleaned } from '../../text/printable.js';
import type { ReadingRequest } from '../flags/input.js';
import { count, size, type Terminal } from '../terminal/terminal.js';
import { callerOf } from './row-stages.js';
import type { RunRequest } from './run-request.js';

/** Says why there is no output file. Of states and merged answers a part would be wrong. */
export const notWritten = ({ emitStates, merging }: Pick<CheckedPipeline, 'emitStates' | 'merging'>): string =>
  `not written, because the run failed${emitStates || merging ? '' : '; --keep-partial writes what there is'}`;

/** Returns whether a run gives answers, or states of them, instead of lines or rows. */
export const givesAnswers = ({ merging, stages }: Pick<CheckedPipeline, 'merging' | 'stages'>): boolean =>
  Boolean(merging || stages?.some((stage) => 'aggregations' in stage && stage.aggregations?.length));

/** Says how many answers, rows or lines there are. */
function madeBy(pipeline: CheckedPipeline, { kept, answers }: Pick<RunResult, 'kept' | 'answers'>): string {
  if (givesAnswers(pipeline)) return answers === 0 ? 'no answers' : `${count(answers)} answers`;
  return `${count(kept)} ${pipeline.rows ? 'rows' : 'lines'} kept`;
}

/** Says how far a run came that was ended. Answers are there when all lines were read, and not before. */
export function howFar(pipeline: CheckedPipeline, { kept, bytes, total }: Omit<Progress, 'written'>): string {
  return `${madeBy(pipeline, { kept, answers: 0 })}, ${size(bytes)}${total ? ` of ${size(total)}` : ''} read`;
}

/** Says that the time is over, and which configuration sets it. */
export function overdue({ timeout, files }: RunRequest): string {
  const file = files.get('timeout');
  return `the ${timeout} s of --timeout were over${file === undefined ? '' : ` (set in ${file})`}`;
}

const MAX_TRANSIENT = 5;

/** Warns about faults that disappeared on retry. No lines were lost. */
export function warnOfTransient({ transient }: RunResult, terminal: Terminal): void {
  for (const { message } of transient.slice(0, MAX_TRANSIENT)) {
    terminal.warn(`${message}; asked again it went well, and nothing is missing`);
  }
  const more = transient.length - MAX_TRANSIENT;
  if (more > 0) terminal.warn(`${count(more)} more of these`);
}

export function warnOfLongLines({ longLines, maxLine }: ReadingRequest, result: RunResult, terminal: Terminal): void {
  if (result.longLines === 0) return;
  const lines = result.longLines === 1 ? '1 line is' : `${count(result.longLines)} lines are`;
  terminal.warn(
    `${lines} longer than ${size(maxLine ?? MAX_LINE)}, and ${longLines === 'skip' ? 'left out' : 'cut'}; see --max-line`,
  );
}

/** Says how many lines do not have the format of their parser, and where the first one is. */
export function warnOfUnfitLines({ unparsed }: RunRequest, { stages, early }: RunResult, terminal: Terminal): void {
  for (const { parser, shape, linesIn, linesUnfit, firstUnfit } of stages) {
    if (!firstUnfit) continue;
    const { input, line, offset } = firstUnfit;
    const place = `${input}, ${line === undefined ? `byte ${offset}` : `line ${count(line)}`}`;
    const kept = unparsed === 'keep' ? ', and their rows have no values' : '';
    // Filters have read whole blocks, and so more lines than were wanted. The exporter reads none that is not.
    const many = early && shape !== 'write' ? 'some' : `${count(linesUnfit)} of ${count(linesIn)}`;
    terminal.warn(`${parser}: ${many} lines do not fit${kept}; the first is ${place}`);
  }
}

/** What a column of each type has. */
export const VALUES: Readonly<Record<ColumnType, string>> = {
  any: 'a value',
  text: 'a value',
  integer: 'a whole number',
  real: 'a number',
  time: 'a time',
  boolean: 'true or false',
};

/** Says that a column has no value in any row of a stage. */
export const emptyColumnText = (stage: StageStatistics, { name, type }: Column): string =>
  `${stage.parser}: none of ${count(rowsOf(stage))} rows has ${VALUES[type]} in the column ${name}`;

/** Says which columns have no value in any row, because a wrong name or a wrong type looks like an answer. */
export function warnOfEmptyColumns(request: RunRequest, { stages }: RunResult, terminal: Terminal): void {
  const said = new Set<string>();
  for (const stage of stages) {
    for (const column of stage.emptyColumns ?? []) {
      const { name, type } = column;
      if (said.has(`${name} ${type}`)) continue;
      said.add(`${name} ${type}`);
      terminal.warn(`${emptyColumnText(stage, column)}${afterColon(request, name)}`);
    }
  }
}

/**
 * Says which columns the filters of a stage read as texts, although they are none, if the filters keep no row: a severity of
 * syslog is err and not error, and only the log says which texts there are.
 */
export function warnOfTexts({ stages = [] }: CheckedPipeline, result: RunResult, terminal: Terminal): void {
  for (const [i, stage] of stages.entries()) {
    const ran = result.stages[i];
    if (!ran || !('parser' in stage) || rowsOf(ran) === 0) continue;
    if ((stage.aggregations?.length ? result.folded : ran.linesKept) > 0) continue;
    const own = new Map(describeRows(stage.parser, 'parser').columns.map(({ name, type }) => [name, type]));
    const wanted = (stage.filters ?? []).flatMap(({ row_filter }) => describeRows(row_filter, 'row_filter').columns);
    const texts = wanted.filter(({ name, type }) => type === 'text' && (own.get(name) ?? 'text') !== 'text');
    for (const name of new Set(texts.map((column) => column.name))) {
      const help = `--aggregate count --by ${name}:text shows which there are`;
      terminal.warn(`${stage.parser.label}: no row is kept by a condition about texts of ${name}; ${help}`);
    }
  }
}

/** Says that what follows a colon in a name is no type and no step, unless backquotes show that it is a name. */
function afterColon(request: RunRequest, name: string): string {
  const { stages, columnNames = [] } = request;
  const word = name.slice(name.lastIndexOf(':') + 1);
  if (word === name) return '';
  const caller = callerOf(request);
  const keys = stages.flatMap((stage) => (stage.kind === 'aggregate' ? stage.by : []));
  const isOf = (text: string, read: string) => read === name && !text.startsWith('`');
  if (keys.some((text) => isOf(text, readKey(caller, 'by', text).name)))
    return `; ${word} is no type (${TYPES}) and no step (${STEPS})`;
  if (columnNames.some((text) => isOf(text, readColumn(caller, text).name))) return `; ${word} is no type (${TYPES})`;
  return '';
}

/** Returns what `--stats` prints. */
export function statisticsOf(pipeline: CheckedPipeline, result: RunResult): string {
  const seconds = result.ms / 1000;
  const rate = (bytes: number, ms: number) => `${(bytes / 1e6 / Math.max(ms, 1e-3)).toFixed(2)} GB/s`;
  const stages = result.stages.map(({ label, shape, ms, bytesIn, linesIn, linesKept, linesChanged, linesSkipped }) => {
    const perLine = linesIn > 0 ? `, ${((ms * 1e6) / linesIn).toFixed(1)} ns a line` : '';
    const kept = shape === 'write' ? '' : `${count(linesKept)} lines kept, `;
    const changed = linesChanged > 0 ? `${count(linesChanged)} changed, ` : '';
    const skipped = linesSkipped > 0 ? `${count(linesSkipped)} skipped, ` : '';
    return `  ${cleaned(label)} by ${shape}: ${kept}${changed}${skipped}${size(bytesIn)} in ${ms.toFixed(1)} ms, ${rate(bytesIn, ms)}${perLine}`;
  });
  return [
    `${size(result.bytes)} in ${seconds.toFixed(3)} s, ${rate(result.bytes, result.ms)}, ${result.workers} ${result.workers === 1 ? 'worker' : 'workers'}`,
    `${madeBy(pipeline, result)}, ${size(result.written)} written`,
    ...stages,
  ].join('\n');
}
