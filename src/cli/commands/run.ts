import { accessSync, constants } from 'node:fs';
import { CHANGED, keepProcess } from '../../boundary/inside-plugin.js';
import { reportCrashes } from '../../boundary/report-crashes.js';
import {
  CancelledError,
  ContractViolationError,
  InputError,
  OutputError,
  type PlughostError,
  reasonOf,
  UsageError,
} from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { describeOptions } from '../../loader/config/config.js';
import { examine } from '../../loader/library/examine.js';
import { judgePlugin } from '../../loader/library/judge.js';
import { realpath } from '../../loader/library/realpath.js';
import { onPluginLog } from '../../loader/plugin/log.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import { findPlugin } from '../../loader/plugin/plugin-path.js';
import { lockOf } from '../../loader/trust/lock-file.js';
import { MAX_LINE } from '../../pipeline/failure.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { type Progress, type RunOptions, type RunResult, resultAtFailure } from '../../pipeline/job.js';
import type { OutputFile } from '../../pipeline/output-file.js';
import { type FilterStage, type Input, type Pipeline, pluginsOf, type Stage } from '../../pipeline/pipeline.js';
import { run as runPipeline } from '../../pipeline/run.js';
import { cleaned } from '../../text/printable.js';
import { twoColumns } from '../flags/flags.js';
import { isIsolated } from '../flags/isolate-flags.js';
import { HELP } from '../flags/run-flags.js';
import { saidIn, saidInLater } from '../flags/said-in.js';
import type { Trust } from '../flags/trust-flags.js';
import { loadNamed, type NamedPlugin } from '../named-plugin.js';
import { expandInputs, type Inputs } from '../run/inputs.js';
import { Interruption, statusOf } from '../run/interruption.js';
import { type NamedFilter, namedPlugins, type RunRequest, readRunRequest } from '../run/run-request.js';
import { isSummed, summaryOf } from '../run/run-summary.js';
import { existingOutput, openOutput } from '../terminal/output.js';
import { STANDARD_INPUT } from '../terminal/standard-streams.js';
import {
  count,
  hasReaderLeft,
  isTerminal,
  print,
  size,
  type Terminal,
  wantsColor,
  wantsProgress,
} from '../terminal/terminal.js';

/** `host run`; gives the exit status. */
export async function run(args: string[], terminal: Terminal): Promise<number> {
  const request = requestOf(args, terminal);
  if (request.help) {
    print(helpFor(request));
    return 0;
  }
  reportCrashes();
  onPluginLog(({ label, level, message }) => terminal.warn(`${label}: ${level}: ${message}`));

  const trust = trustOf(request);
  const opened: Plugin[] = [];
  const load = (named: NamedPlugin): Plugin => {
    const { isolation } = request;
    const where = (named.isolate ?? isIsolated(isolation)) ? isolation.options : undefined;
    const plugin = saidIn(named.file, () => loadNamed(named, findPlugin(named.name, request.folders), trust, where));
    opened.push(plugin);
    return plugin;
  };
  try {
    const { shape } = request;
    const filterOf = (named: NamedFilter): FilterStage => ({ filter: load(named), invert: named.invert, shape });
    const stages = request.stages.map((named): Stage => {
      if (named.kind === 'any') return { any: named.filters.map(filterOf) };
      return named.kind === 'filter' ? filterOf(named) : { transform: load(named), shape };
    });
    const exporter = request.exporter && load(request.exporter);
    refuseColumns(request, exporter);
    if (request.inputs.includes('-') && isTerminal(STANDARD_INPUT.fd))
      terminal.warn('reading standard input; end it with Ctrl-D');
    // As grep, of which nobody wants a line.
    const nothing = request.limit === 0;
    const inputs = nothing
      ? { names: [], failures: [], warnings: [] }
      : await expandInputs(request.inputs, existingOutput(request.output));
    for (const warning of inputs.warnings) terminal.warn(warning);
    const { workers, maxLine, longLines, blockSize, crlf } = request;
    const limit = request.quiet ? 1 : undefined;
    const inputLimit = request.listed === 'without' ? 1 : request.limit || undefined;
    const shown = exporter || isSummed(request) ? undefined : request.print;
    const pipeline = {
      stages,
      exporter,
      print: shown,
      limit,
      inputLimit,
      crlf,
      workers,
      maxLine,
      longLines,
      blockSize,
    };
    return await conduct(request, inputs, pipeline, terminal);
  } finally {
    for (const plugin of opened) plugin.close();
  }
}

/** Reads the request, and says what of it is not used when it is known how to say things. */
function requestOf(args: string[], terminal: Terminal): RunRequest {
  const warnings: string[] = [];
  try {
    const request = readRunRequest(args, (text) => warnings.push(text));
    terminal.configure({ ...request, json: request.json });
    return request;
  } finally {
    for (const warning of warnings) terminal.warn(warning);
  }
}

/** An exporter that takes any option need not do what it says. */
function refuseColumns({ columns }: RunRequest, exporter: Plugin | undefined): void {
  for (const [column, flag] of [
    ['numbers', 'line-number'],
    ['names', 'with-filename'],
  ] as const) {
    if (!columns[column] || !exporter?.exporter || exporter.exporter[column]) continue;
    throw new UsageError(`run: --${flag} says nothing with --export ${exporter.label}: it does not write that`);
  }
}

async function conduct(request: RunRequest, inputs: Inputs, pipeline: Pipeline, terminal: Terminal): Promise<number> {
  const { names, failures } = inputs;
  let output: OutputFile | undefined;
  let progress: Progress = { bytes: 0, total: undefined, kept: 0, written: 0 };
  /** Says what became of the file. */
  const settle = (complete: boolean): string | undefined => {
    terminal.clearProgress();
    if (!complete && !request.keepPartial) return output?.discard() ? `${output.name}: ${NOT_WRITTEN}` : undefined;
    output?.commit();
    return undefined;
  };
  using interruption = new Interruption(request.timeout, {
    late(reason) {
      settle(false);
      const hint = reason === 'timeout' ? overdue(request) : `interrupted: ${howFar(progress)}`;
      terminal.error(new CancelledError('run: it does not end by itself', { hint }));
      process.exit(statusOf(reason));
    },
    atOnce: () => output?.discard(),
  });
  const startedAt = process.uptime();
  try {
    output = await saidInLater(request.files.get('output'), () =>
      openOutput(request.output, request.append, request.inputs, interruption.signal),
    );
    const lines = isSummed(request) ? undefined : { fd: output.fd, name: output.name };
    const color = wantsColor(request.color, output.fd) && !request.json;
    const { form, nul } = request.print;
    // As in grep, what says how lines are shown does nothing where no lines are.
    const shown = form === 'names' ? { form, nul, color } : { ...request.print, color };
    const visible = wantsProgress(request.progress, lines);
    const result = await runKeepingProcess(
      names.map((name) => (name === '-' ? standardInput(request) : name)),
      {
        ...pipeline,
        ...(pipeline.print && { print: shown }),
        output: lines,
        continued: request.append && (fileStatusOf(output.fd)?.size ?? 0) > 0,
      },
      {
        signal: interruption.signal,
        onProgress(now) {
          progress = now;
          if (visible) terminal.progress(now, startedAt);
        },
      },
      terminal,
    );
    // Where printing waits for a reader, signals end the process by themselves.
    if (!fileStatusOf(output.fd)?.isFile()) interruption.end();
    print(summaryOf({ ...request, print: shown }, names, result), output);
    failures.push(...result.failures);
    const complete = failures.length === 0;
    failures.push(...result.faults);
    for (const failure of failures) terminal.error(failure);
    const loss = settle(complete);
    if (loss) terminal.warn(loss);
    warnOfTransient(result, terminal);
    warnOfLongLines(request, result, terminal);
    if (request.stats) terminal.say(describe(result));
    if (result.kept > 0 && (request.quiet || failures.length === 0)) return 0;
    return failures.length > 0 ? 2 : 1;
  } catch (error) {
    const loss = settle(false);
    const result = error instanceof Error ? resultAtFailure.get(error) : undefined;
    failures.push(...(result?.failures ?? []), ...(result?.faults ?? []));
    if (hasReaderLeft(error)) failures.push(...unreadable(inputs));
    for (const failure of failures) terminal.error(failure);
    if (hasReaderLeft(error)) return failures.length > 0 ? 2 : 0;
    if (loss && !(error instanceof OutputError)) terminal.warn(loss);
    if (result) warnOfTransient(result, terminal);
    const { reason } = interruption;
    if (!(error instanceof CancelledError) || !reason) throw error;
    terminal.hurry();
    const { kept, bytes, total } = result ?? progress;
    if (reason === 'timeout') {
      throw new CancelledError(`run: ${howFar({ kept, bytes, total: undefined })}`, { hint: overdue(request) });
    }
    terminal.warn(`interrupted: ${howFar({ kept, bytes, total })}`);
    return statusOf(reason);
  }
}

/** As the formats of the lines call it: JSON is ripgrep's. */
const standardInput = ({ json }: RunRequest) => ({ ...STANDARD_INPUT, ...(json && { name: '<stdin>' }) });

/** Of an output file, for messages. */
const NOT_WRITTEN = 'not written, because the run failed; --keep-partial writes what there is';

const howFar = ({ kept, bytes, total }: Pick<Progress, 'kept' | 'bytes' | 'total'>): string =>
  `${count(kept)} lines kept, ${size(bytes)}${total ? ` of ${size(total)}` : ''} read`;

/** Inputs that a run did not come to, because the reader of its output has left, and that could not have been read. */
function unreadable({ names, failures }: Inputs): PlughostError[] {
  const found = names.flatMap((name) => {
    try {
      if (name !== '-') accessSync(systemPath(name), constants.R_OK);
      return [];
    } catch (cause) {
      return [new InputError(name, 'open', reasonOf(cause), { cause })];
    }
  });
  return found.filter(({ message }) => failures.every((failure) => failure.message !== message));
}

function overdue({ timeout, files }: RunRequest): string {
  const file = files.get('timeout');
  return `the ${timeout} s of --timeout were over${file === undefined ? '' : ` (set in ${file})`}`;
}

/** Runs it; behind it the process is what it was, whatever plugins that share it did, and that is told. */
async function runKeepingProcess(
  inputs: Input[],
  pipeline: Pipeline,
  options: RunOptions,
  terminal: Terminal,
): Promise<RunResult> {
  const label = pluginsOf(pipeline)
    .filter(({ isolated }) => !isolated)
    .map((plugin) => plugin.label)
    .join(', ');
  if (!label) return runPipeline(inputs, pipeline, options);
  const release = keepProcess();
  const tidy = (): PlughostError[] => {
    const { putBack = '', lost = '', ofLibrary = false } = release() ?? {};
    if (lost) return [new ContractViolationError(label, 'run', `${CHANGED}, and it cannot be put back: ${lost}`)];
    if (ofLibrary)
      return [new ContractViolationError(label, 'run', `${CHANGED}, while others worked by it: ${putBack}`)];
    if (putBack) terminal.warn(`plugin ${label}: run: ${CHANGED}, which was put back: ${putBack}`);
    return [];
  };
  try {
    const result = await runPipeline(inputs, pipeline, options);
    return { ...result, failures: [...result.failures, ...tidy()] };
  } catch (error) {
    for (const failure of tidy()) terminal.error(failure);
    throw error;
  }
}

const MAX_TRANSIENT = 5;

/** What isolated plugins did, and did not when they were asked again, cost nothing but time. */
function warnOfTransient({ transient }: RunResult, terminal: Terminal): void {
  for (const { message } of transient.slice(0, MAX_TRANSIENT)) {
    terminal.warn(`${message}; asked again it went well, and nothing is missing`);
  }
  const more = transient.length - MAX_TRANSIENT;
  if (more > 0) terminal.warn(`${count(more)} more of these`);
}

function warnOfLongLines({ longLines, maxLine }: RunRequest, result: RunResult, terminal: Terminal): void {
  if (result.longLines === 0) return;
  const lines = result.longLines === 1 ? '1 line is' : `${count(result.longLines)} lines are`;
  terminal.warn(
    `${lines} longer than ${size(maxLine ?? MAX_LINE)}, and ${longLines === 'skip' ? 'left out' : 'cut'}; see --max-line`,
  );
}

function describe(result: RunResult): string {
  const seconds = result.ms / 1000;
  const rate = (bytes: number, ms: number) => `${(bytes / 1e6 / Math.max(ms, 1e-3)).toFixed(2)} GB/s`;
  const stages = result.stages.map(({ label, shape, ms, bytesIn, linesIn, linesKept, linesChanged }) => {
    const perLine = linesIn > 0 ? `, ${((ms * 1e6) / linesIn).toFixed(1)} ns a line` : '';
    const kept = shape === 'write' ? '' : `${count(linesKept)} lines kept, `;
    const changed = linesChanged > 0 ? `${count(linesChanged)} changed, ` : '';
    return `  ${cleaned(label)} by ${shape}: ${kept}${changed}${size(bytesIn)} in ${ms.toFixed(1)} ms, ${rate(bytesIn, ms)}${perLine}`;
  });
  return [
    `${size(result.bytes)} in ${seconds.toFixed(3)} s, ${rate(result.bytes, result.ms)}, ${result.workers} ${result.workers === 1 ? 'worker' : 'workers'}`,
    `${count(result.kept)} lines kept, ${size(result.written)} written`,
    ...stages,
  ].join('\n');
}

/** The lock is read once, so that all plugins are held to the same. */
function trustOf({ trust, files }: RunRequest): Trust {
  const { lock } = trust;
  return lock === undefined ? trust : { ...trust, lock: saidIn(files.get('require-lock'), () => lockOf(lock)) };
}

function helpFor(request: RunRequest): string {
  const trust = trustOf(request);
  const plugins = namedPlugins(request).map(({ name, file }) => {
    using examined = saidIn(file, () =>
      examine(realpath(findPlugin(name, request.folders)), { ...trust, judge: judgePlugin }),
    );
    const { manifest } = examined;
    const options = describeOptions(manifest?.config ?? {}).map((option) => {
      const facts = option.required ? 'required' : `default ${JSON.stringify(option.default) ?? 'none'}`;
      return twoColumns(
        `-p ${option.name}=${option.choices ? option.type : option.type.toUpperCase()}`,
        `${option.description} (${facts})`,
      );
    });
    const description = manifest?.description ? ` (${manifest.description})` : '';
    return [`\n${cleaned(`Options of ${name}${description}:`)}`, ...options].join('\n');
  });
  return [HELP, ...plugins.map((text) => `${text}\n`)].join('');
}
