import { CancelledError, UsageError } from '../../errors/index.js';
import { describedFormOf, isProgram } from '../../loader/forms/described.js';
import { type Command, PLUGIN_OPERAND } from '../command.js';
import { type Flag, setsTrue, setsValue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { READING_FLAGS } from '../flags/input.js';
import { ISOLATION_FLAGS, type PlaceRequest } from '../flags/isolation.js';
import { WORKERS_FLAG } from '../flags/other.js';
import type { Argument } from '../flags/parse-flags.js';
import type { NamedPlugin } from '../flags/plan.js';
import { LOADING_FLAGS, type ParametersRequest } from '../flags/plugins.js';
import { GROUP_MEMORY_FLAG, TIME_FLAGS } from '../flags/rows.js';
import { names, text } from '../flags/values.js';
import { type LogRequest, reportOfLogs, writeStates } from '../report/logs.js';
import { type Report, reportPage } from '../report/page.js';
import { PRESETS } from '../report/preset.js';
import { reportOfStates } from '../report/states.js';
import { isStateFile } from '../run/describe-states.js';
import { Interruption, statusOf } from '../run/interruption.js';
import { writeOutput } from '../terminal/output.js';
import { reportOnPlugins } from '../terminal/plugin-reports.js';
import { STANDARD_INPUT } from '../terminal/standard-streams.js';
import { print, type Terminal } from '../terminal/terminal.js';

interface ReportRequest extends Omit<LogRequest, 'parser'> {
  /** Undefined: the inputs are files of states. */
  parser: NamedPlugin | undefined;
  emitState: boolean;
  title: string | undefined;
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
    value: 'COLUMNS',
    group: 'rows',
    help: 'Add a panel that counts lines by columns',
    details:
      'COLUMNS are columns, or steps of them, as for plughost run --by: status, bytes:log2, time:1h,status. Repeat the flag for more panels.',
    apply(request, value, refuse) {
      request.by = [...request.by, names(value, refuse)];
    },
    negate(request) {
      request.by = [];
    },
  },
  {
    name: 'where',
    value: 'CONDITION',
    group: 'rows',
    help: 'Count the rows for which a condition holds',
    details: 'As for plughost run: --where \'status >= 500 and path ~ "^/api"\'. Of several all must hold.',
    apply(request, value) {
      request.where = [...request.where, value];
    },
    negate(request) {
      request.where = [];
    },
  },
  ...TIME_FLAGS,
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
  {
    name: 'emit-state',
    group: 'output',
    help: 'Write states instead of a page; reports are made of them',
    details:
      'Several machines, or days, each write a file of states of their logs, by the same flags. plughost report makes one page of these files.',
    ...setsTrue('emitState'),
  },
  WORKERS_FLAG,
];

export const report: Command = {
  usage:
    'plughost report FILE... --parse PLUGIN [-o FILE] [FLAG...]\n       plughost report STATE... [-o FILE] [FLAG...]',
  about: 'Writes one page about logs, from one pass: lines over time, most frequent values, quantiles, what was read.',
  details: `The page needs no network and has no script. FILE may be what it may be for plughost run: compressed, a directory, a glob in quotes, or - for standard input. STATE is a file that --emit-state wrote, of this command or of plughost run. ${PLUGIN_OPERAND}`,
  flags: FLAGS,
  examples: [
    'plughost report access.log --parse access -o report.html',
    'plughost report monday.state tuesday.state -o report.html',
  ],
  status: '0 written, 2 any error, 128 and the number of a signal that ended it.',
  run: (given, terminal) => writeReport(requestOf(given), terminal),
};

/** @throws UsageError */
function requestOf(given: readonly Argument[]): ReportRequest {
  const inputs: string[] = [];
  const flags = { plan: { last: undefined } } as unknown as ReportFlags;
  const request = readFlags('report', FLAGS, flags, given, (value) => inputs.push(value));
  const parser = request.plan.last;
  if (inputs.length === 0) throw new UsageError('report: no FILE is given', { hint: 'see: plughost report --help' });
  const other = parser ? undefined : inputs.find((input) => !isStateFile(input));
  if (other !== undefined) {
    throw new UsageError('report: no parser is given', {
      hint: `${other === '-' ? 'states are read by their paths, and standard input' : other} is no file of states; name what reads its lines: --parse ${Object.keys(PRESETS).join(' or ')}`,
    });
  }
  const states = parser ? inputs.find(isStateFile) : undefined;
  if (states !== undefined) {
    throw new UsageError(`report: ${states} is a file of states, and no log`, {
      hint: 'a page of states needs no parser: plughost report STATE...',
    });
  }
  const { by, where, since, until, timeZone, emitState } = request;
  const asksLogs =
    by.length + where.length > 0 || [since, until, timeZone].some((one) => one !== undefined) || emitState;
  if (!parser && asksLogs)
    throw new UsageError(
      'report: --by, --where, --since, --until, --tz and --emit-state are about logs, and these are states',
      {
        hint: 'states have the keys, rows and zone that they were made with; plughost merge makes one file of several',
      },
    );
  return { ...request, parser, inputs };
}

async function writeReport(request: ReportRequest, terminal: Terminal): Promise<number> {
  reportOnPlugins(terminal);
  const { parser } = request;
  if (parser && request.emitState) return writeStates({ ...request, parser }, terminal);
  using interruption = new Interruption(undefined, {
    late: (reason) => process.exit(statusOf(reason)),
    atOnce() {},
  });
  try {
    if (!parser) {
      const { answers, facts } = await reportOfStates(request.inputs, request, interruption);
      writePage(request, facts, answers, request.inputs);
      return 0;
    }
    const { report, names, failed } = await reportOfLogs({ ...request, parser }, interruption, terminal);
    if (report) writePage(request, report.facts, report.answers, names);
    return failed ? 2 : 0;
  } catch (error) {
    terminal.clearProgress();
    const { reason } = interruption;
    if (!reason || !(error instanceof CancelledError)) throw error;
    terminal.error(new CancelledError('report: interrupted', { hint: 'nothing was written' }));
    return statusOf(reason);
  }
}

function writePage(
  { title, inputs, output }: ReportRequest,
  facts: Report['facts'],
  answers: Report['answers'],
  read: readonly string[],
): void {
  const first = inputs[0] === '-' ? STANDARD_INPUT.name : inputs[0];
  const page = reportPage(
    { title: title ?? `${first}${inputs.length > 1 ? ` and ${inputs.length - 1} more` : ''}`, ...facts },
    answers,
  );
  if (output === undefined || output === '-') print(page);
  else writeOutput(output, page, read);
}
