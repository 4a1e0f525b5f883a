import { accessSync, constants } from 'node:fs';
import { checked } from '../../arguments/argument.js';
import { CHANGED, keepProcess } from '../../boundary/inside-plugin.js';
import {
  CancelledError,
  ContractViolationError,
  InputError,
  OutputError,
  type PlughostError,
  reasonOf,
} from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { type CheckedInput, type CheckedPipeline, inputList } from '../../pipeline/arguments.js';
import type { Caller } from '../../pipeline/caller.js';
import { refuseSameFile } from '../../pipeline/destination.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import type { OutputFile } from '../../pipeline/output-file.js';
import { pluginsOf } from '../../pipeline/plugins.js';
import { runChecked } from '../../pipeline/run.js';
import type { CheckedRunOptions, Progress, RunSignal } from '../../pipeline/run-options.js';
import { type RunResult, resultAtFailure } from '../../pipeline/run-result.js';
import { withSourceAsync } from '../flags/error-source.js';
import { openOutput } from '../terminal/output.js';
import { STANDARD_INPUT } from '../terminal/standard-streams.js';
import { hasReaderLeft, print, type Terminal, wantsColor, wantsProgress } from '../terminal/terminal.js';
import type { Inputs } from './inputs.js';
import { Interruption, statusOf } from './interruption.js';
import {
  givesAnswers,
  howFar,
  notWritten,
  overdue,
  statisticsOf,
  warnOfEmptyColumns,
  warnOfLongLines,
  warnOfTexts,
  warnOfTransient,
  warnOfUnfitLines,
} from './run-messages.js';
import type { RunRequest } from './run-request.js';
import { isSummed, summaryOf } from './run-summary.js';

/** Runs the pipeline, writes its output and messages, and returns the exit status. @param caller for messages */
export async function carryOut(
  caller: Caller,
  request: RunRequest,
  inputs: Inputs,
  pipeline: CheckedPipeline,
  terminal: Terminal,
): Promise<number> {
  const { names, failures } = inputs;
  let output: OutputFile | undefined;
  /** For lines that no parser reads. */
  let unparsed: OutputFile | undefined;
  let progress: Progress = { bytes: 0, total: undefined, kept: 0, written: 0 };
  /** Commits or discards the output files. Returns a warning for each that was not written. */
  const finishOutput = (complete: boolean): string[] => {
    terminal.clearProgress();
    const files = [output, unparsed].filter((file) => file !== undefined);
    if (!complete && !request.keepPartial)
      return files.filter((file) => file.discard()).map(({ name }) => `${name}: ${notWritten(pipeline)}`);
    for (const file of files) file.commit();
    return [];
  };
  using interruption = new Interruption(request.timeout, {
    late(reason) {
      finishOutput(false);
      const hint = reason === 'timeout' ? overdue(request) : `interrupted: ${howFar(pipeline, progress)}`;
      terminal.error(new CancelledError(`${caller.name}: it does not end by itself`, { hint }));
      process.exit(statusOf(reason));
    },
    atOnce() {
      output?.discard();
      unparsed?.discard();
    },
  });
  const startedAt = process.uptime();
  try {
    output = await withSourceAsync(request.files.get('output'), () =>
      openOutput(request.output, request.append, request.inputs, interruption),
    );
    unparsed = await openUnparsed(request, interruption);
    const lines = isSummed(request) ? undefined : { fd: output.fd, name: output.name };
    const color = wantsColor(request.color, output.fd) && !request.json;
    const { form, nul } = request.print;
    // As in grep, flags for the look of lines have no effect if no lines are printed.
    const shown = form === 'names' ? { form, nul, color } : { ...request.print, color };
    const visible = wantsProgress(request.progress, lines);
    const result = await runKeepingProcess(
      caller,
      // A configuration may name what cannot be the name of a file. All else of the request was checked by its flags.
      checked(
        caller.name,
        'inputs',
        inputs.ranges ?? names.map((name) => (name === '-' ? standardInput(request) : name)),
        inputList,
      ),
      {
        ...pipeline,
        ...(pipeline.print && { print: shown }),
        output: lines,
        unparsedOutput: unparsed && { fd: unparsed.fd, name: unparsed.name },
        continued: request.append && (fileStatusOf(output.fd)?.size ?? 0) > 0,
      },
      {
        signal: interruption,
        onProgress(now) {
          progress = now;
          if (visible) terminal.progress(now, startedAt);
        },
      },
      terminal,
    );
    // print() may block on a pipe, so from here on a signal ends the process.
    if (!fileStatusOf(output.fd)?.isFile()) interruption.end();
    print(summaryOf({ ...request, print: shown }, names, result), output);
    failures.push(...result.failures);
    const complete = failures.length === 0;
    failures.push(...result.faults);
    reportFailures(failures, terminal);
    for (const loss of finishOutput(complete)) terminal.warn(loss);
    warnOfTransient(result, terminal);
    warnOfLongLines(request, result, terminal);
    warnOfUnfitLines(request, result, terminal);
    // A part of a job may well have no value in a column.
    if (!pipeline.emitStates) {
      warnOfEmptyColumns(request, result, terminal);
      warnOfTexts(pipeline, result, terminal);
    }
    if (request.stats) terminal.say(statisticsOf(pipeline, result));
    if (pipeline.emitStates || (pipeline.merging && !pipeline.exporter)) return failures.length > 0 ? 2 : 0;
    const found = foundBy(pipeline, result);
    if (found > 0 && (request.quiet || failures.length === 0)) return 0;
    return failures.length > 0 ? 2 : 1;
  } catch (error) {
    const losses = finishOutput(false);
    const result = error instanceof Error ? resultAtFailure.get(error) : undefined;
    failures.push(...(result?.failures ?? []), ...(result?.faults ?? []));
    if (hasReaderLeft(error)) failures.push(...unreadable(inputs));
    reportFailures(failures, terminal);
    if (hasReaderLeft(error)) return failures.length > 0 ? 2 : 0;
    if (!(error instanceof OutputError)) for (const loss of losses) terminal.warn(loss);
    if (result) warnOfTransient(result, terminal);
    const { reason } = interruption;
    if (!(error instanceof CancelledError) || !reason) throw error;
    terminal.hurry();
    const { kept, bytes, total } = result ?? progress;
    if (reason === 'timeout') {
      throw new CancelledError(`${caller.name}: ${howFar(pipeline, { kept, bytes, total: undefined })}`, {
        hint: overdue(request),
      });
    }
    terminal.warn(`interrupted: ${howFar(pipeline, { kept, bytes, total })}`);
    return statusOf(reason);
  }
}

/** Opens the file for lines that no parser reads, if one is asked for. @throws as `openOutput` does */
async function openUnparsed(
  { unparsedFile, output, inputs, files }: RunRequest,
  signal: RunSignal,
): Promise<OutputFile | undefined> {
  if (unparsedFile === undefined) return undefined;
  return withSourceAsync(files.get('unparsed'), () => {
    refuseSameFile(output, unparsedFile);
    return openOutput(unparsedFile, false, inputs, signal);
  });
}

/** Standard input, by the name that the output format uses. ripgrep's JSON calls it <stdin>. */
const standardInput = ({ json }: RunRequest) => ({ ...STANDARD_INPUT, ...(json && { name: '<stdin>' }) });

/** Reports each failure, and once what is the same for many parts of a file. */
function reportFailures(failures: readonly PlughostError[], terminal: Terminal): void {
  const said = new Set<string>();
  for (const failure of failures) {
    if (failure instanceof InputError && said.has(failure.message)) continue;
    said.add(failure.message);
    terminal.error(failure);
  }
}

/** Returns errors for the unreadable ones of the inputs that a run did not reach, because its reader left early. */
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

/** Runs the pipeline. Afterwards restores what in-process plugins changed of the process, and reports it. */
async function runKeepingProcess(
  caller: Caller,
  inputs: readonly CheckedInput[],
  pipeline: CheckedPipeline,
  options: CheckedRunOptions,
  terminal: Terminal,
): Promise<RunResult> {
  const label = pluginsOf(pipeline)
    .filter(({ isolated }) => !isolated)
    .map((plugin) => plugin.label)
    .join(', ');
  if (!label) return runChecked(caller, inputs, pipeline, options);
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
    const result = await runChecked(caller, inputs, pipeline, options);
    return { ...result, failures: [...result.failures, ...tidy()] };
  } catch (error) {
    for (const failure of tidy()) terminal.error(failure);
    throw error;
  }
}

/** Returns how many answers, rows or lines there are. An answer that is made of no row is none. */
function foundBy(pipeline: CheckedPipeline, { folded, answers, kept }: RunResult): number {
  return givesAnswers(pipeline) ? Math.min(folded, answers) : kept;
}
