import { CancelledError, UsageError } from '../../errors/index.js';
import { describedFormOf, isProgram } from '../../loader/forms/described.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import { findPlugin } from '../../loader/plugin/plugin-path.js';
import { aggregate } from '../../pipeline/rows/rows.js';
import type { RunResult } from '../../pipeline/run-result.js';
import { type Command, PLUGIN_OPERAND } from '../command.js';
import { type Flag, setsValue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { READING_FLAGS, type ReadingRequest } from '../flags/input.js';
import {
  ISOLATION_FLAGS,
  type IsolationRequest,
  isIsolated,
  isolateOptionsOf,
  type PlaceRequest,
} from '../flags/isolation.js';
import { WORKERS_FLAG } from '../flags/other.js';
import type { Argument } from '../flags/parse-flags.js';
import type { NamedPlugin } from '../flags/plan.js';
import { LOADING_FLAGS, type LoadingRequest, type ParametersRequest } from '../flags/plugins.js';
import { GROUP_MEMORY_FLAG } from '../flags/rows.js';
import { text } from '../flags/values.js';
import { loadNamed } from '../named-plugin.js';
import { reportPage } from '../report/page.js';
import { type Answer, barsOf, type Panel, PRESETS } from '../report/preset.js';
import { numberText } from '../report/words.js';
import { expandInputs } from '../run/inputs.js';
import { Interruption, statusOf } from '../run/interruption.js';
import { warnOfLongLines, warnOfTransient } from '../run/run-messages.js';
import { existingOutput, writeOutput } from '../terminal/output.js';
import { reportOnPlugins } from '../terminal/plugin-reports.js';
import { STANDARD_INPUT } from '../terminal/standard-streams.js';
import { print, type Terminal, wantsProgress } from '../terminal/terminal.js';

interface ReportRequest extends LoadingRequest, ReadingRequest, IsolationRequest {
  parser: NamedPlugin;
  by: readonly string[];
  title: string | undefined;
  output: string | undefined;
  workers: number | undefined;
  groupMemory: number | undefined;
  inputs: readonly string[];
}

type ReportFlags = Omit<ReportRequest, 'parser' | 'inputs'> & ParametersRequest;

const PARSER_FLAG: Flag<{ plan: { last: NamedPlugin | undefined } } & PlaceRequest> = {
  name: 'parse',
  value: 'PLUGIN',
  group: 'rows',
  once: true,
  help: 'Read lines as rows by a parser',
  details: `Parsers with a preset of panels: ${Object.keys(PRESETS).join(', ')}. Options of the parser follow it: -p KEY=VALUE.`,
  apply(request, value) {
    request.plan.last = { name: value, parameters: [] };
    request.isolatesOne = describedFormOf(value) !== undefined;
    request.hasProgram = isProgram(value);
  },
};

const FLAGS: readonly Flag<ReportFlags>[] = [
  PARSER_FLAG,
  {
    name: 'by',
    value: 'KEY',
    group: 'rows',
    help: 'Add a panel that counts lines by a column',
    details: 'KEY is a column, or a step of one, as for plughost run --by. Repeat the flag for more panels.',
    apply(request, value, refuse) {
      if (value === '') refuse('the name of a column is needed');
      request.by = [...request.by, value];
    },
    negate(request) {
      request.by = [];
    },
  },
  GROUP_MEMORY_FLAG,
  ...READING_FLAGS,
  ...LOADING_FLAGS,
  ...ISOLATION_FLAGS,
  {
    name: 'output',
    short: 'o',
    value: 'FILE',
    group: 'output',
    help: 'Write the page to FILE',
    ...setsValue('output', text),
  },
  {
    name: 'title',
    value: 'TEXT',
    group: 'output',
    help: 'Give the page a title (default: the first file)',
    ...setsValue('title', text),
  },
  WORKERS_FLAG,
];

export const report: Command = {
  usage: 'plughost report FILE... --parse PLUGIN [-o FILE] [FLAG...]',
  about: 'Writes one page about logs, from one pass: lines over time, most frequent values, quantiles, what was read.',
  details: `The page needs no network and has no script. FILE may be what it may be for plughost run: compressed, a directory, a glob in quotes, or - for standard input. ${PLUGIN_OPERAND}`,
  flags: FLAGS,
  examples: ['plughost report access.log --parse access -o report.html'],
  status: '0 written, 2 any error, 128 and the number of a signal that ended it.',
  run: (given, terminal) => writeReport(requestOf(given), terminal),
};

/** @throws UsageError */
function requestOf(given: readonly Argument[]): ReportRequest {
  const inputs: string[] = [];
  const flags = { plan: { last: undefined }, by: [] as readonly string[] } as unknown as ReportFlags;
  const request = readFlags('report', FLAGS, flags, given, (value) => inputs.push(value));
  const parser = request.plan.last;
  if (!parser) {
    throw new UsageError('report: no parser is given', {
      hint: `name one that reads these lines: --parse ${Object.keys(PRESETS).join(' or ')}`,
    });
  }
  if (inputs.length === 0) throw new UsageError('report: no FILE is given', { hint: 'see: plughost report --help' });
  return { ...request, parser, inputs };
}

/** Returns the panels of a request. @throws UsageError when there are none */
function panelsOf({ parser, by }: ReportRequest): Panel[] {
  const preset = Object.hasOwn(PRESETS, parser.name) ? (PRESETS[parser.name] ?? []) : [];
  const panels = [...preset, ...by.map((column) => barsOf(`By ${column}`, column))];
  if (panels.length > 0) return panels;
  throw new UsageError(`report: there is no preset for the parser ${parser.name}`, {
    hint: `name columns by which lines are counted: --by NAME; there are presets for ${Object.keys(PRESETS).join(', ')}`,
  });
}

async function writeReport(request: ReportRequest, terminal: Terminal): Promise<number> {
  reportOnPlugins(terminal);
  const { inputs, output, folders, lock, allowWritable, allowHosts } = request;
  const isolation = isolateOptionsOf(request);
  const panels = panelsOf(request);
  const opened: Plugin[] = [];
  const load = (named: NamedPlugin): Plugin => {
    const isolates = isIsolated(request) || describedFormOf(named.name);
    const place = isolates ? isolation : undefined;
    const plugin = loadNamed(named, findPlugin(named.name, folders), { lock, allowWritable, allowHosts }, place);
    opened.push(plugin);
    return plugin;
  };
  using interruption = new Interruption(undefined, {
    late: (reason) => process.exit(statusOf(reason)),
    atOnce() {},
  });
  try {
    const files = expandInputs(inputs, existingOutput(output));
    for (const warning of files.warnings) terminal.warn(warning);
    const { tables, result } = await answersOf(request, panels, files.names, load, interruption, terminal);
    terminal.clearProgress();
    const failures = [...files.failures, ...result.failures, ...result.faults];
    for (const error of failures) terminal.error(error);
    warnOfTransient(result, terminal);
    warnOfLongLines(request, result, terminal);
    const failed = failures.length > 0;
    if (failed && !result.inputs.some(({ state }) => state === 'read')) return 2;
    const answers = panels.map((panel, i): Answer => {
      const table = tables[i];
      return { panel, columns: table?.columns.map(({ name }) => name) ?? [], rows: [...(table ?? [])] };
    });
    const page = reportPage(factsOf(request, result), answers);
    if (output === undefined || output === '-') print(page);
    else writeOutput(output, page, files.names);
    return failed ? 2 : 0;
  } catch (error) {
    terminal.clearProgress();
    const { reason } = interruption;
    if (!reason || !(error instanceof CancelledError)) throw error;
    terminal.error(new CancelledError('report: interrupted', { hint: 'nothing was written' }));
    return statusOf(reason);
  } finally {
    for (const plugin of opened) plugin.close();
  }
}

function answersOf(
  { parser, workers, groupMemory, crlf, maxLine, longLines, blockSize }: ReportRequest,
  panels: readonly Panel[],
  names: readonly string[],
  load: (named: NamedPlugin) => Plugin,
  interruption: Interruption,
  terminal: Terminal,
) {
  const stage = {
    parser: load(parser),
    aggregations: panels.map(({ aggregators, by, sort, limit }) => ({
      aggregators: aggregators.map(load),
      by: [...by],
      ...(sort && { sort: [...sort] }),
      ...(limit && { limit }),
    })),
    ...(groupMemory && { groupMemory }),
  };
  const controller = new AbortController();
  interruption.addEventListener('abort', () => controller.abort());
  const startedAt = process.uptime();
  const visible = wantsProgress('auto');
  return aggregate(
    // Loading a plugin moves standard input.
    names.map((name) => (name === '-' ? { ...STANDARD_INPUT } : name)),
    {
      stages: [stage],
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

function factsOf({ inputs, title, parser }: ReportRequest, result: RunResult) {
  const stage = result.stages[0];
  const rows = (stage?.linesIn ?? 0) - (stage?.linesUnfit ?? 0);
  const read = result.inputs.filter(({ state }) => state === 'read').length;
  const first = stage?.firstUnfit;
  const where = first && `${first.input}${first.line === undefined ? '' : `, line ${numberText(first.line)}`}`;
  return {
    title:
      title ??
      `${inputs[0] === '-' ? STANDARD_INPUT.name : inputs[0]}${inputs.length > 1 ? ` and ${inputs.length - 1} more` : ''}`,
    read: [
      `${numberText(stage?.linesIn ?? 0)} lines, ${numberText(result.bytes)} bytes of ${read} ${read === 1 ? 'file' : 'files'}, read by the parser ${parser.name}.`,
    ],
    remarks: [
      ...(first
        ? [
            `${numberText(stage?.linesUnfit ?? 0)} lines do not have the format and are not counted; the first is ${where}.`,
          ]
        : []),
      ...result.failures.map((error) => `Not read: ${error.message}`),
      ...result.faults.map((error) => `Not counted: ${error.message}`),
    ],
    rows,
  };
}
