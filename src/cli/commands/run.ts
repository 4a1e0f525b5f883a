import { UsageError } from '../../errors/index.js';
import { describedFormOf } from '../../loader/forms/described.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import type { Caller } from '../../pipeline/caller.js';
import { type Command, PLUGIN_OPERAND } from '../command.js';
import { withSource } from '../flags/error-source.js';
import { isIsolated } from '../flags/isolation.js';
import type { Argument } from '../flags/parse-flags.js';
import type { NamedPlugin } from '../flags/plan.js';
import { RUN_FLAGS } from '../flags/run.js';
import { LoadedPlugins } from '../named-plugin.js';
import { loadFor, type Use } from '../plugin-for.js';
import { carryOut } from '../run/carry-out.js';
import { expandInputs, refuseMissing } from '../run/inputs.js';
import { plannedInputs } from '../run/planned-inputs.js';
import { pluginOptions, trustOf } from '../run/plugin-options.js';
import { callerOf, exportedRows, idleParser, type LoadedStages, loadStages } from '../run/row-stages.js';
import { rowWriterOf } from '../run/row-writer.js';
import { type RunRequest, readRunRequest } from '../run/run-request.js';
import { isSummed } from '../run/run-summary.js';
import { existingOutput, refuseTerminal } from '../terminal/output.js';
import { reportOnPlugins } from '../terminal/plugin-reports.js';
import { STANDARD_INPUT } from '../terminal/standard-streams.js';
import { isTerminal, type Terminal } from '../terminal/terminal.js';

export const run: Command = {
  usage: `plughost run [FILE...] [--filter PLUGIN | --transform PLUGIN]...
                    [--export PLUGIN] [FLAG...]`,
  about: 'Runs logs through native plugins, in the order in which you name them.',
  details: `FILE may be compressed (gzip, zstd, xz, bzip2) or UTF-16, a directory, or a glob in quotes such as 'logs/**/*.gz'. - or no FILE is standard input. ${PLUGIN_OPERAND}

plughost help input, lines, plugins, output, isolation and configuration say more.`,
  flags: RUN_FLAGS,
  examples: [
    "plughost run access.log --filter regex -p 'pattern= 5\\d\\d ' --export jsonl",
    'plughost run logs/ --any --filter contains -p text=ERROR --filter ./libmine.so',
  ],
  status: '0 a line or a row was kept, 1 none was, 2 any error, 128 and the number of a signal that ended it.',
  helpFor: (given, terminal) => pluginOptions(requestOf(given, terminal)),
  run: (given, terminal) => runLogs(requestOf(given, terminal), terminal),
};

async function runLogs(request: RunRequest, terminal: Terminal): Promise<number> {
  reportOnPlugins(terminal);

  const trust = trustOf(request);
  using plugins = new LoadedPlugins();
  const load = (named: NamedPlugin, use: Use): Plugin => {
    const isolates = (named.isolate ?? isIsolated(request)) || describedFormOf(named.name);
    const where = isolates ? request.isolation : undefined;
    return withSource(named.file, () =>
      loadFor(use, named, request.folders, (path) => plugins.load(named, path, trust, where)),
    );
  };
  const caller = callerOf(request);
  const loaded = loadStages(caller, request, load);
  const { stages } = loaded;
  if (request.emitState) refuseStates(request, loaded);
  const named = request.emitState ? undefined : rowWriterOf(request, loaded);
  const exporter = named && load(named, 'export');
  refuseColumns(request, exporter);
  const rows = exportedRows(caller, request, loaded, exporter);
  if (loaded.parser && !loaded.isRead && !rows) throw idleParser(caller, loaded.parser);
  if ((request.planFile ?? request.inputs).includes('-') && isTerminal(STANDARD_INPUT.fd))
    terminal.warn('reading standard input; end it with Ctrl-D');
  // As in grep, -m 0 reads nothing.
  const nothing = request.limit === 0;
  const inputs = nothing
    ? { names: [], failures: [], warnings: [] }
    : request.planFile !== undefined
      ? plannedInputs(request)
      : expandInputs(request.inputs, existingOutput(request.output));
  for (const warning of inputs.warnings) terminal.warn(warning);
  if (request.emitState && request.output === undefined) refuseMissing(inputs);
  const { workers, maxLine, longLines, blockSize, crlf, timeZone } = request;
  if (loaded.answers || request.columnNames) refuseLines(caller, request, loaded.answers);
  const limit = request.quiet && !loaded.answers ? 1 : undefined;
  const inputLimit = request.listed === 'without' ? 1 : request.limit || undefined;
  const shown = exporter || request.emitState || isSummed(request) ? undefined : request.print;
  const pipeline = {
    stages,
    exporter,
    rows,
    print: shown,
    limit,
    inputLimit,
    crlf,
    workers,
    maxLine,
    longLines,
    blockSize,
    timeZone,
    emitStates: request.emitState,
  };
  return await carryOut(caller, request, inputs, pipeline, terminal);
}

/** Reads the request. Warns about configurations only after it is known how messages look. */
function requestOf(given: readonly Argument[], terminal: Terminal): RunRequest {
  const warnings: string[] = [];
  try {
    const request = readRunRequest(given, (text) => warnings.push(text));
    terminal.configure(request);
    return request;
  } finally {
    for (const warning of warnings) terminal.warn(warning);
  }
}

/** Refuses flags that say nothing about states, or would leave incomplete ones. */
function refuseStates(request: RunRequest, { answers }: LoadedStages): void {
  const { exporter, append, keepPartial, quiet, stages, output } = request;
  if (!answers) {
    throw new UsageError('run: --emit-state says nothing without --aggregate', {
      hint: 'write: --aggregate count --by COLUMN --emit-state -o FILE',
    });
  }
  refuseTerminal('run', output);
  const shown = (flag: 'sort' | 'limit') => stages.some((stage) => stage.kind === 'aggregate' && stage[flag]);
  const given = {
    '--export': exporter,
    '--append': append,
    '--keep-partial': keepPartial,
    '--quiet': quiet,
    '--sort': shown('sort'),
    '--limit': shown('limit'),
  };
  const flag = Object.entries(given).find(([, set]) => set)?.[0];
  if (!flag) return;
  throw new UsageError(`run: ${flag} says nothing with --emit-state`, {
    hint: 'plughost finish prints what it wrote, with --sort, --limit and --export',
  });
}

/** What to write instead of flags about lines. */
const INSTEAD: Readonly<Record<string, string>> = {
  '--count': '--aggregate count counts rows',
  '-l and -L': 'without --columns they print the files that have a row, or have none',
  '--json': '--export jsonl writes JSON',
  '-A, -B and -C': 'without --columns they print the lines around those of the rows',
};
const ANSWERS_INSTEAD: Readonly<Record<string, string>> = {
  '--count': '--aggregate count without --by is the number of rows',
  '-l and -L': 'without --aggregate they print the files that have a row, or have none',
  '-A, -B and -C': 'without --aggregate they print the lines around those of the rows',
  '--max-count': '--limit N prints the first answers, and --where CONDITION says which rows count',
  '--line-number': 'without --aggregate and with --columns it is a column',
  '--with-filename': 'without --aggregate and with --columns it is a column; answers by file take a run for each file',
};

/** Refuses flags about printed lines, because answers or rows are printed. */
function refuseLines(caller: Caller, request: RunRequest, answers: boolean): void {
  const { limit, count, listed, json, numbers, filenames, print, files } = request;
  const given = {
    // The rows of columns that a configuration names may be counted all the same.
    '--count': count && (answers || !files.has('columns')),
    '-l and -L': listed,
    '--json': json,
    '-A, -B and -C': print.before + print.after > 0,
    ...(answers && {
      '--max-count': limit !== undefined,
      '--line-number': numbers,
      '--with-filename': filenames === 'always',
    }),
  };
  const flag = Object.keys(given).find((key) => given[key as keyof typeof given]);
  if (!flag) return;
  const hint = (answers && ANSWERS_INSTEAD[flag]) || INSTEAD[flag];
  const [is, prints] = [
    flag.includes(' and ') ? 'are' : 'is',
    answers ? '--aggregate prints answers' : '--columns prints rows',
  ];
  throw new UsageError(caller.message(answers ? 'aggregate' : 'columns', `${flag} ${is} about lines, and ${prints}`), {
    ...(hint && { hint }),
  });
}

/** Refuses -n and -H if the exporter does not declare that it writes them. It may accept any option and ignore it. */
function refuseColumns({ columns }: RunRequest, exporter: Plugin | undefined): void {
  for (const [column, flag] of [
    ['numbers', 'line-number'],
    ['names', 'with-filename'],
  ] as const) {
    if (!columns[column] || !exporter?.exporter || exporter.exporter[column]) continue;
    throw new UsageError(`run: --${flag} says nothing with --export ${exporter.label}: it does not write that`);
  }
}
