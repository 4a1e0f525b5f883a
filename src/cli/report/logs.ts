import { UsageError } from '../../errors/index.js';
import { describedFormOf } from '../../loader/forms/described.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import { describeRows } from '../../pipeline/rows/describe.js';
import { readKey, typeOfKey } from '../../pipeline/rows/key.js';
import { aggregateFor } from '../../pipeline/rows/rows.js';
import { rowsOf } from '../../pipeline/rows/rows-of.js';
import type { RunResult } from '../../pipeline/run-result.js';
import { timeZoneOf } from '../../pipeline/run-spec.js';
import type { ReadingRequest } from '../flags/input.js';
import { type IsolationRequest, isIsolated, isolateOptionsOf } from '../flags/isolation.js';
import type { NamedPlugin } from '../flags/plan.js';
import type { LoadingRequest } from '../flags/plugins.js';
import type { TimesRequest } from '../flags/rows.js';
import { LoadedPlugins } from '../named-plugin.js';
import { loadFor, type Use } from '../plugin-for.js';
import { carryOut } from '../run/carry-out.js';
import { expandInputs, refuseMissing } from '../run/inputs.js';
import type { Interruption } from '../run/interruption.js';
import { emptyColumnText, warnOfLongLines, warnOfTransient } from '../run/run-messages.js';
import { plainRequest } from '../run/run-request.js';
import { timeCondition } from '../run/time-range.js';
import { existingOutput, refuseTerminal } from '../terminal/output.js';
import { STANDARD_INPUT } from '../terminal/standard-streams.js';
import { type Terminal, wantsProgress } from '../terminal/terminal.js';
import type { Report } from './page.js';
import { type Answer, askedPanelOf, onceEach, type Panel, PRESETS, presetOf, REPORT } from './preset.js';
import { filterSentence, nameOf, numberText } from './words.js';

/** A request for a report about logs. */
export interface LogRequest extends LoadingRequest, ReadingRequest, IsolationRequest, TimesRequest {
  parser: NamedPlugin;
  /** Lists of columns, or of steps of them, by which lines are counted besides the panels of the preset. */
  by: readonly (readonly string[])[];
  /** Conditions that lines must fulfil to be counted. */
  where: readonly string[];
  output: string | undefined;
  workers: number | undefined;
  groupMemory: number | undefined;
  inputs: readonly string[];
}

/** What came of reading logs. */
export interface LogReport {
  /** Undefined if nothing could be read. */
  report: Report | undefined;
  /** The inputs. */
  names: readonly string[];
  /** Whether an error was reported. */
  failed: boolean;
}

/** Reads logs once, and returns what a report shows of them. @throws as `aggregate` does, and what loading a plugin throws */
export async function reportOfLogs(
  request: LogRequest,
  interruption: Interruption,
  terminal: Terminal,
): Promise<LogReport> {
  using plugins = new LoadedPlugins();
  const files = expandInputs(request.inputs, existingOutput(request.output));
  for (const warning of files.warnings) terminal.warn(warning);
  const { stage, panels } = stageOf(request, plugins, (all) => onceEach(all).map(({ panel }) => panel));
  const { tables, result } = await answersOf(request, stage, files.names, interruption, terminal);
  terminal.clearProgress();
  const failures = [...files.failures, ...result.failures, ...result.faults];
  for (const error of failures) terminal.error(error);
  warnOfTransient(result, terminal);
  warnOfLongLines(request, result, terminal);
  warnOfEmptyConditions(stage, result, terminal);
  const failed = failures.length > 0;
  const { names } = files;
  if (failed && !result.inputs.some(({ state }) => state === 'read')) return { report: undefined, names, failed };
  const zone = timeZoneOf(REPORT, request.timeZone);
  const answers = panels.map((panel, i): Answer => {
    const table = tables[i];
    return { panel, columns: table?.columns ?? [], rows: [...(table ?? [])], zone };
  });
  return { report: { answers, facts: factsOf(stage, result) }, names, failed };
}

/** Reads logs once, and writes the states of all panels. Returns the exit status. @throws as `reportOfLogs` does */
export async function writeStates(request: LogRequest, terminal: Terminal): Promise<number> {
  const { inputs, output, workers, crlf, maxLine, longLines, blockSize, timeZone } = request;
  refuseTerminal('report', output);
  using plugins = new LoadedPlugins();
  // A panel that is there twice tells the page that it was asked for.
  const { parser, filters, aggregations, groupMemory } = stageOf(request, plugins, (all) => all).stage;
  // States have no order, and all groups.
  const stage = {
    parser,
    filters,
    aggregations: aggregations.map(({ aggregators, by }) => ({ aggregators, by })),
    ...(groupMemory && { groupMemory }),
  };
  const files = expandInputs(inputs, existingOutput(output));
  for (const warning of files.warnings) terminal.warn(warning);
  if (output === undefined) refuseMissing(files);
  const reading = { crlf, maxLine, longLines, blockSize };
  const whole = { ...plainRequest(), ...reading, inputs: files.names, output };
  const pipeline = { stages: [stage], emitStates: true, workers, timeZone, ...reading };
  return await carryOut(REPORT, whole, files, pipeline, terminal);
}

/** Loads the plugins of a request, where it wants them. @throws what loading a plugin throws */
function loaderOf(request: LogRequest, plugins: LoadedPlugins): (named: NamedPlugin, use: Use) => Plugin {
  const { folders, lock, allowWritable, allowHosts } = request;
  return (named, use) => {
    const isolates = isIsolated(request) || describedFormOf(named.name);
    const place = isolates ? isolateOptionsOf(request) : undefined;
    return loadFor(use, named, folders, (path) =>
      plugins.load(named, path, { lock, allowWritable, allowHosts }, place),
    );
  };
}

/**
 * Returns the panels of the preset, then those that were asked for.
 * @param parser the loaded one
 * @throws UsageError when there are none
 */
function panelsOf(request: LogRequest, parser: Plugin): Panel[] {
  const preset = presetOf(parser.id);
  if (preset.length + request.by.length === 0) {
    throw new UsageError(`report: there is no preset for the parser ${nameOf(parser.id)}`, {
      hint: `name columns by which lines are counted: --by NAME; there are presets for ${Object.keys(PRESETS).join(', ')}`,
    });
  }
  const own = describeRows(parser, 'parser').columns;
  const asked = request.by.map((texts) => {
    const keys = texts.map((text) => readKey(REPORT, 'by', text, own));
    return askedPanelOf(
      keys.map((key) => {
        const type = typeOfKey(key, own);
        // As it is in a file of states.
        const known = own.find(({ name }) => name === key.name)?.type ?? 'text';
        return { text: key.text, type: type === 'any' ? known : type };
      }),
    );
  });
  return [...preset, ...asked];
}

type LoadedStage = ReturnType<typeof stageOf>['stage'];

/** @param chosen returns those of all panels that are counted */
function stageOf(request: LogRequest, plugins: LoadedPlugins, chosen: (all: readonly Panel[]) => readonly Panel[]) {
  const { groupMemory } = request;
  const load = loaderOf(request, plugins);
  const parser = load(request.parser, 'parse');
  const panels = chosen(panelsOf(request, parser));
  const times = timeCondition(REPORT, request, parser);
  const conditions = times === undefined ? request.where : [times, ...request.where];
  const stage = {
    parser,
    filters: conditions.map((expr) => ({
      row_filter: load({ name: 'where', parameters: [{ key: 'expr', text: expr }] }, 'filter'),
    })),
    aggregations: panels.map(({ aggregators, by, sort, limit }) => ({
      aggregators: aggregators.map((named) => load(named, 'aggregate')),
      by: [...by],
      ...(sort && { sort: [...sort] }),
      ...(limit && { limit }),
    })),
    ...(groupMemory && { groupMemory }),
  };
  return { stage, panels };
}

function answersOf(
  { workers, crlf, maxLine, longLines, blockSize, timeZone }: LogRequest,
  stage: LoadedStage,
  names: readonly string[],
  interruption: Interruption,
  terminal: Terminal,
) {
  const controller = new AbortController();
  interruption.addEventListener('abort', () => controller.abort());
  const startedAt = process.uptime();
  const visible = wantsProgress('auto');
  return aggregateFor(
    REPORT,
    // Loading a plugin moves standard input.
    names.map((name) => (name === '-' ? { ...STANDARD_INPUT } : name)),
    {
      stages: [stage],
      timeZone,
      crlf,
      longLines,
      ...(maxLine && { maxLine }),
      ...(blockSize && { blockSize }),
      ...(workers && { workers }),
    },
    {
      signal: controller.signal,
      ...(visible && { onProgress: (progress) => terminal.progress(progress, startedAt) }),
    },
  );
}

/** Says which columns of conditions have no value in any row, because then none or all rows fulfil them. */
function warnOfEmptyConditions({ filters }: LoadedStage, { stages }: RunResult, terminal: Terminal): void {
  const [stage] = stages;
  const wanted = new Set(
    filters.flatMap(({ row_filter }) => describeRows(row_filter, 'row_filter').columns.map(({ name }) => name)),
  );
  if (!stage) return;
  for (const column of stage.emptyColumns ?? [])
    if (wanted.has(column.name)) terminal.warn(emptyColumnText(stage, column));
}

function factsOf({ parser, filters }: LoadedStage, result: RunResult): Report['facts'] {
  const stage = result.stages[0];
  const rows = filters.length > 0 ? result.folded : stage ? rowsOf(stage) : 0;
  const passed = filters.map(({ row_filter: { id, config } }) => ({ id, config: JSON.parse(config), invert: false }));
  const read = result.inputs.filter(({ state }) => state === 'read').length;
  const first = stage?.firstUnfit;
  const where = first && `${first.input}${first.line === undefined ? '' : `, line ${numberText(first.line)}`}`;
  const [lines, unfit] = [stage?.linesIn ?? 0, stage?.linesUnfit ?? 0];
  return {
    read: [
      `${numberText(lines)} ${lines === 1 ? 'line' : 'lines'}, ${numberText(result.bytes)} bytes of ${read} ${read === 1 ? 'file' : 'files'}, read by the parser ${nameOf(parser.id)}.`,
      ...filterSentence(rows, passed),
    ],
    remarks: [
      ...(first
        ? [
            unfit === 1
              ? `1 line does not have the format and is not counted: ${where}.`
              : `${numberText(unfit)} lines do not have the format and are not counted; the first is ${where}.`,
          ]
        : []),
      ...result.failures.map((error) => `Not read: ${error.message}`),
      ...result.faults.map((error) => `Not counted: ${error.message}`),
    ],
    rows,
  };
}
