import { constants } from 'node:os';
import { CHANGED, keepProcess } from '../../boundary/inside-plugin.js';
import { reportCrashes } from '../../boundary/report-crashes.js';
import {
  CancelledError,
  ContractViolationError,
  type ErrorDetails,
  OutputError,
  type PlughostError,
} from '../../errors.js';
import { describeOptions } from '../../loader/config.js';
import { examine } from '../../loader/examine.js';
import { judgePlugin } from '../../loader/judge.js';
import { lockOf } from '../../loader/lock-file.js';
import { onPluginLog } from '../../loader/log.js';
import { realpath } from '../../loader/open.js';
import type { Plugin } from '../../loader/plugin.js';
import { findPlugin } from '../../loader/plugin-path.js';
import { MAX_LINE } from '../../pipeline/failure.js';
import { type RunOptions, type RunResult, resultAtFailure } from '../../pipeline/job.js';
import type { OutputFile } from '../../pipeline/output-file.js';
import { type FilterStage, type Input, type Pipeline, pluginsOf, type Stage } from '../../pipeline/pipeline.js';
import { run as runPipeline } from '../../pipeline/run.js';
import { cleaned } from '../../printable.js';
import { twoColumns } from '../flags.js';
import { expandInputs, type Inputs } from '../inputs.js';
import { isIsolated } from '../isolate-flags.js';
import { loadNamed, type NamedPlugin } from '../named-plugin.js';
import { existingOutput, openOutput } from '../output.js';
import { HELP } from '../run-flags.js';
import { type NamedFilter, namedPlugins, type RunRequest, readRunRequest } from '../run-request.js';
import { isSummed, summaryOf } from '../run-summary.js';
import { saidIn } from '../said-in.js';
import { STANDARD_INPUT } from '../standard-streams.js';
import { count, isTerminal, print, size, type Terminal, wantsProgress } from '../terminal.js';
import type { Trust } from '../trust-flags.js';

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
    if (request.inputs.includes('-') && isTerminal(STANDARD_INPUT.fd))
      terminal.warn('reading standard input; end it with Ctrl-D');
    // As grep, of which nobody wants a line.
    const nothing = request.limit === 0;
    const inputs = nothing
      ? { names: [], failures: [] }
      : await expandInputs(request.inputs, existingOutput(request.output));
    const output = saidIn(request.files.get('output'), () =>
      openOutput(request.output, request.append, request.inputs),
    );
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
    return await conduct(request, inputs, pipeline, output, terminal);
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

async function conduct(
  request: RunRequest,
  { names, failures }: Inputs,
  pipeline: Pipeline,
  output: OutputFile,
  terminal: Terminal,
): Promise<number> {
  const interrupt = new AbortController();
  // A call of a plugin that does not return, or a reader that does not read, would hold a run that was told to end.
  const giveUp = (status: number, details?: ErrorDetails) => {
    output.discard();
    terminal.error(new CancelledError('run: it does not end by itself', details));
    process.exit(status);
  };
  let signalled: NodeJS.Signals | undefined;
  let grace: NodeJS.Timeout | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signalled) {
      // The second one ends at once, by the signal itself, whatever the engine's threads are waiting for.
      output.discard();
      for (const name of SIGNALS) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    }
    signalled = signal;
    interrupt.abort(signal);
    grace = setTimeout(giveUp, GRACE, statusOf(signal));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);

  const { timeout } = request;
  const timeoutFile = request.files.get('timeout');
  const lateness = {
    hint: `the ${timeout} s of --timeout were over${timeoutFile === undefined ? '' : ` (set in ${timeoutFile})`}`,
  };
  let late = false;
  const onTimeout = () => {
    if (late) giveUp(2, lateness);
    late = true;
    interrupt.abort();
    timer = setTimeout(onTimeout, GRACE);
  };
  let timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout * 1000);

  const startedAt = process.uptime();
  const lines = isSummed(request) ? undefined : { fd: output.fd, name: output.name };
  const inputs = names.map((name) => (name === '-' ? { ...STANDARD_INPUT } : name));
  try {
    const result = await runKeepingProcess(
      inputs,
      { ...pipeline, output: lines },
      {
        signal: interrupt.signal,
        ...(wantsProgress(request.progress, lines) && {
          onProgress: (progress) => terminal.progress(progress, startedAt),
        }),
      },
      terminal,
    );
    terminal.clearProgress();
    failures.push(...result.failures, ...result.faults);
    print(summaryOf(request, names, result), output);
    output.commit();
    for (const failure of failures) terminal.error(failure);
    warnOfTransient(result, terminal);
    warnOfLongLines(request, result, terminal);
    if (request.stats) terminal.say(describe(result));
    if (result.kept > 0 && (request.quiet || failures.length === 0)) return 0;
    return failures.length > 0 ? 2 : 1;
  } catch (error) {
    terminal.clearProgress();
    output.discard();
    if (error instanceof OutputError && error.errno === 'EPIPE') return 0;
    const result = error instanceof Error ? resultAtFailure.get(error) : undefined;
    for (const failure of [...failures, ...(result?.failures ?? []), ...(result?.faults ?? [])])
      terminal.error(failure);
    if (result) warnOfTransient(result, terminal);
    if (error instanceof CancelledError && signalled && result) {
      const of = result.total ? ` of ${size(result.total)}` : '';
      terminal.warn(`interrupted: ${count(result.kept)} lines kept, ${size(result.bytes)}${of} read`);
      return statusOf(signalled);
    }
    if (error instanceof CancelledError && late && result) {
      throw new CancelledError(`run: ${count(result.kept)} lines kept, ${size(result.bytes)} read`, lateness);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  }
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

/** Milliseconds that a run has to end by itself when its time is over, or a signal has come. */
const GRACE = 2000;

const MOST_TRANSIENT = 5;

/** What isolated plugins did, and did not when they were asked again, cost nothing but time. */
function warnOfTransient({ transient }: RunResult, terminal: Terminal): void {
  for (const { message } of transient.slice(0, MOST_TRANSIENT)) {
    terminal.warn(`${message}; asked again it went well, and nothing is missing`);
  }
  const more = transient.length - MOST_TRANSIENT;
  if (more > 0) terminal.warn(`${count(more)} more of these`);
}

function warnOfLongLines({ longLines, maxLine }: RunRequest, result: RunResult, terminal: Terminal): void {
  if (result.longLines === 0) return;
  const lines = result.longLines === 1 ? '1 line is' : `${count(result.longLines)} lines are`;
  terminal.warn(
    `${lines} longer than ${size(maxLine ?? MAX_LINE)}, and ${longLines === 'skip' ? 'left out' : 'cut'}; see --max-line`,
  );
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What a shell says of a process that the signal ended. */
const statusOf = (signal: NodeJS.Signals): number => 128 + (constants.signals[signal] ?? 0);

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
      return twoColumns(`-p ${option.name}=${option.type.toUpperCase()}`, `${option.description} (${facts})`);
    });
    const description = manifest?.description ? ` (${manifest.description})` : '';
    return [`\n${cleaned(`Options of ${name}${description}:`)}`, ...options].join('\n');
  });
  return [HELP, ...plugins.map((text) => `${text}\n`)].join('');
}
