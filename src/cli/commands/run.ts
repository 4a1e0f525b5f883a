import { CancelledError, OutputError, UsageError } from '../../errors.js';
import type { Shape } from '../../loader/capabilities.js';
import { describeOptions } from '../../loader/config.js';
import { onPluginLog } from '../../loader/log.js';
import { open } from '../../loader/open.js';
import type { Plugin } from '../../loader/plugin.js';
import { MAX_LINE } from '../../pipeline/failure.js';
import {
  type LongLines,
  type Pipeline,
  type RunResult,
  resultAtFailure,
  run as runPipeline,
  type Stage,
} from '../../pipeline/run.js';
import { COMMON_FLAGS, describeFlags, type Flag, parseFlags, twoColumns, WHEN } from '../flags.js';
import { expandInputs } from '../inputs.js';
import { loadNamed, type NamedPlugin, PARAMETER_FLAGS, takeParameter } from '../named-plugin.js';
import { type Output, openOutput } from '../output.js';
import { findPlugin } from '../plugin-path.js';
import { count, isTerminal, print, size, type Terminal, type When, wantsProgress } from '../terminal.js';
import { TRUST_FLAGS, type Trust, takeTrust } from '../trust-flags.js';

export const FLAGS: Flag[] = [
  { name: 'filter', value: 'PLUGIN', help: 'keep the lines that this filter keeps; several: that all of them keep' },
  { name: 'invert', short: 'v', help: 'before a filter: keep what it drops' },
  { name: 'transform', value: 'PLUGIN', help: 'put other lines in their place, as this transform says' },
  { name: 'export', value: 'PLUGIN', help: 'write the lines in the format of this exporter' },
  ...PARAMETER_FLAGS,
  { name: 'plugin-dir', value: 'DIR', help: 'look for plugins here first' },
  ...TRUST_FLAGS,
  { name: 'output', short: 'o', value: 'FILE', help: 'write here; the file appears when it is complete' },
  { name: 'append', help: 'add to the end of the output file' },
  { name: 'count', short: 'c', help: 'print only the number of kept lines' },
  { name: 'quiet', short: 'q', help: 'print nothing, and stop at the first kept line: only the status tells' },
  { name: 'max-count', short: 'm', value: 'N', help: 'stop after so many kept lines' },
  { name: 'line-number', short: 'n', help: 'print the number of each line in its file before it' },
  { name: 'with-filename', short: 'H', help: 'print the name of its file before each line' },
  { name: 'timeout', value: 'SECONDS', help: 'stop after this time, with status 2; what is complete is written' },
  { name: 'workers', short: 'j', value: 'N', help: 'threads; as many as there are cores by default' },
  { name: 'max-line', value: 'SIZE', help: 'the longest line that is allowed (16M by default)' },
  {
    name: 'long-lines',
    value: 'HOW',
    choices: ['fail', 'skip', 'split'] satisfies LongLines[],
    help: 'a longer line: fail (end the run), skip (leave it out) or split (cut it)',
  },
  { name: 'stats', help: 'tell on standard error how much was done, and how fast' },
  { name: 'progress', value: 'WHEN', choices: WHEN, help: 'a progress line: auto (on a terminal), always or never' },
  ...COMMON_FLAGS,
  {
    name: 'shape',
    value: 'SHAPE',
    choices: ['auto', 'scan', 'batch', 'line'] satisfies (Shape | 'auto')[],
    help: 'the call that filters and transforms use',
    hidden: true,
  },
  { name: 'block-size', value: 'SIZE', help: 'bytes that a worker takes at once', hidden: true },
];

const HELP = `Usage: host run [FILE...] [--filter PLUGIN | --transform PLUGIN]...
                [--export PLUGIN] [OPTION...]

Runs logs through native plugins, in the order in which they are named. FILE may
be a directory, for all files below it; - or none is standard input. PLUGIN is a
name (lib<name>.so is looked for), or a path with a separator in it.

${describeFlags(FLAGS)}

Example: host run access.log --filter regex -p 'pattern= 5\\d\\d ' --export jsonl

Exit status: 0 a line was kept, 1 none was, 2 any error, 130 interrupted.
`;

/** A filter or a transform as the command line names it. */
export type NamedStage = NamedPlugin & ({ kind: 'filter'; invert: boolean } | { kind: 'transform' });

/** What the command line asks for, before anything is opened. */
export interface RunRequest {
  inputs: string[];
  /** In order. */
  stages: NamedStage[];
  exporter: NamedPlugin | undefined;
  folders: string[];
  trust: Trust;
  output: string | undefined;
  append: boolean;
  count: boolean;
  quiet: boolean;
  limit: number | undefined;
  'line-number': boolean;
  'with-filename': boolean;
  timeout: number | undefined;
  stats: boolean;
  help: boolean;
  workers: number | undefined;
  maxLine: number | undefined;
  longLines: LongLines;
  blockSize: number | undefined;
  shape: Shape | 'auto';
  progress: When;
  color: When;
  verbose: boolean;
}

/** `host run`; gives the exit status. */
export async function run(args: string[], terminal: Terminal): Promise<number> {
  const request = readRunRequest(args);
  terminal.configure(request);
  if (request.help) {
    print(helpFor(request));
    return 0;
  }
  onPluginLog(({ label, level, message }) => terminal.warn(`${label}: ${level}: ${message}`));

  const opened: Plugin[] = [];
  const load = (named: NamedPlugin): Plugin => {
    const plugin = loadNamed(named, findPlugin(named.name, request.folders), request.trust);
    opened.push(plugin);
    return plugin;
  };
  try {
    const { shape } = request;
    const stages = request.stages.map(
      (named): Stage =>
        named.kind === 'filter'
          ? { filter: load(named), invert: named.invert, shape }
          : { transform: load(named), shape },
    );
    const exporter = request.exporter && load(request.exporter);
    if (request.inputs.includes('-') && isTerminal(0)) terminal.warn('reading standard input; end it with Ctrl-D');
    const output = openOutput(request.output, request.append, request.inputs);
    const { workers, maxLine, longLines, blockSize } = request;
    const labels = { names: request['with-filename'], numbers: request['line-number'] };
    const limit = request.quiet ? 1 : request.limit;
    const pipeline = { stages, exporter, labels, limit, workers, maxLine, longLines, blockSize };
    return await conduct(request, pipeline, output, terminal);
  } finally {
    for (const plugin of opened) plugin.close();
  }
}

/** @throws UsageError */
export function readRunRequest(args: string[]): RunRequest {
  const request: RunRequest = {
    inputs: [],
    stages: [],
    exporter: undefined,
    folders: [],
    trust: {},
    output: undefined,
    append: false,
    count: false,
    quiet: false,
    limit: undefined,
    'line-number': false,
    'with-filename': false,
    timeout: undefined,
    stats: false,
    help: false,
    workers: undefined,
    maxLine: undefined,
    longLines: 'fail',
    blockSize: undefined,
    shape: 'auto',
    progress: 'auto',
    color: 'auto',
    verbose: false,
  };
  let last: NamedPlugin | undefined;
  let invert = false;
  const refuseInvert = () => {
    if (!invert) return;
    throw new UsageError('run: -v stands before the filter that it inverts', { hint: 'write: -v --filter NAME' });
  };
  const addStage = (stage: NamedStage) => {
    last = stage;
    request.stages.push(stage);
  };
  for (const argument of parseFlags('run', FLAGS, args)) {
    if (argument.kind === 'operand') {
      request.inputs.push(argument.value);
      continue;
    }
    const value = argument.value ?? '';
    if (takeParameter('run', last, argument.name, value)) continue;
    if (takeTrust(request.trust, argument.name, value)) continue;
    switch (argument.name) {
      case 'filter':
        addStage({ kind: 'filter', name: value, parameters: [], invert });
        invert = false;
        break;
      case 'transform':
        refuseInvert();
        addStage({ kind: 'transform', name: value, parameters: [] });
        break;
      case 'export':
        last = { name: value, parameters: [] };
        request.exporter = last;
        break;
      case 'invert':
        invert = true;
        break;
      case 'plugin-dir':
        request.folders.push(value);
        break;
      case 'output':
        request.output = value;
        break;
      case 'max-count':
        request.limit = wholeNumber('-m', value, Number.MAX_SAFE_INTEGER);
        break;
      case 'timeout':
        request.timeout = seconds('--timeout', value);
        break;
      case 'workers':
        request.workers = wholeNumber('-j', value, 1024);
        break;
      case 'max-line':
        request.maxLine = bytes('--max-line', value);
        break;
      case 'long-lines':
        request.longLines = value as LongLines;
        break;
      case 'block-size':
        request.blockSize = bytes('--block-size', value);
        break;
      case 'shape':
        request.shape = value as Shape | 'auto';
        break;
      case 'progress':
      case 'color':
        request[argument.name] = value as When;
        break;
      case 'append':
      case 'count':
      case 'quiet':
      case 'line-number':
      case 'with-filename':
      case 'stats':
      case 'help':
      case 'verbose':
        request[argument.name] = true;
    }
  }
  refuseInvert();
  if (request.count && request.exporter) throw new UsageError('run: --count and --export exclude each other');
  for (const flag of ['line-number', 'with-filename'] as const) {
    if (request[flag] && (request.exporter || request.count)) {
      throw new UsageError(`run: --${flag} says nothing with ${request.exporter ? '--export' : '--count'}`);
    }
  }
  if (request.quiet && (request.output !== undefined || request.count)) {
    throw new UsageError(
      `run: --quiet prints nothing, so there is no use for ${request.count ? '--count' : '--output'}`,
    );
  }
  if (request.append && request.output === undefined) {
    throw new UsageError('run: --append says nothing without an output file', { hint: 'name it with -o FILE' });
  }
  if (request.inputs.length === 0) request.inputs.push('-');
  return request;
}

async function conduct(request: RunRequest, pipeline: Pipeline, output: Output, terminal: Terminal): Promise<number> {
  const interrupt = new AbortController();
  let signalled: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signalled) {
      // The second one ends at once, by the signal itself, whatever the engine's threads are waiting for.
      output.discard();
      for (const name of SIGNALS) process.removeAllListeners(name);
      process.kill(process.pid, signal);
    }
    signalled = signal;
    interrupt.abort(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);

  let late = false;
  const timer =
    request.timeout === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          interrupt.abort();
        }, request.timeout * 1000);

  const startedAt = process.uptime();
  const { names, failures } = expandInputs(request.inputs);
  const inputs = names.map((name) => (name === '-' ? { fd: 0, name: 'standard input' } : name));
  try {
    const result = await runPipeline(
      inputs,
      { ...pipeline, ...(!request.count && !request.quiet && { output: { fd: output.fd, name: output.name } }) },
      {
        signal: interrupt.signal,
        ...(wantsProgress(request.progress) && { onProgress: (progress) => terminal.progress(progress, startedAt) }),
      },
    );
    terminal.clearProgress();
    if (request.count) print(`${result.kept}\n`, output.fd);
    output.commit();
    failures.push(...result.failures);
    for (const failure of failures) terminal.error(failure);
    warnOfLongLines(request, result, terminal);
    if (request.stats) terminal.say(describe(result));
    if (failures.length > 0) return 2;
    return result.kept > 0 ? 0 : 1;
  } catch (error) {
    terminal.clearProgress();
    output.discard();
    if (error instanceof OutputError && error.errno === 'EPIPE') return 0;
    const result = error instanceof Error ? resultAtFailure.get(error) : undefined;
    for (const failure of [...failures, ...(result?.failures ?? [])]) terminal.error(failure);
    if (error instanceof CancelledError && signalled && result) {
      const of = result.total ? ` of ${size(result.total)}` : '';
      terminal.warn(`interrupted: ${count(result.kept)} lines kept, ${size(result.bytes)}${of} read`);
      return signalled === 'SIGINT' ? 130 : 143;
    }
    if (error instanceof CancelledError && late && result) {
      throw new CancelledError(`run: ${count(result.kept)} lines kept, ${size(result.bytes)} read`, {
        hint: `the ${request.timeout} s of --timeout were over`,
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  }
}

function warnOfLongLines({ longLines, maxLine }: RunRequest, result: RunResult, terminal: Terminal): void {
  if (result.longLines === 0) return;
  const lines = result.longLines === 1 ? '1 line is' : `${count(result.longLines)} lines are`;
  terminal.warn(
    `${lines} longer than ${size(maxLine ?? MAX_LINE)}, and ${longLines === 'skip' ? 'left out' : 'cut'}; see --max-line`,
  );
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

function describe(result: RunResult): string {
  const seconds = result.ms / 1000;
  const rate = (bytes: number, ms: number) => `${(bytes / 1e6 / Math.max(ms, 1e-3)).toFixed(2)} GB/s`;
  const stages = result.stages.map(({ label, shape, ms, bytesIn, linesIn, linesKept, linesChanged }) => {
    const perLine = linesIn > 0 ? `, ${((ms * 1e6) / linesIn).toFixed(1)} ns a line` : '';
    const kept = shape === 'write' ? '' : `${count(linesKept)} lines kept, `;
    const changed = linesChanged > 0 ? `${count(linesChanged)} changed, ` : '';
    return `  ${label} by ${shape}: ${kept}${changed}${size(bytesIn)} in ${ms.toFixed(1)} ms, ${rate(bytesIn, ms)}${perLine}`;
  });
  return [
    `${size(result.bytes)} in ${seconds.toFixed(3)} s, ${rate(result.bytes, result.ms)}, ${result.workers} ${result.workers === 1 ? 'worker' : 'workers'}`,
    `${count(result.kept)} lines kept, ${size(result.written)} written`,
    ...stages,
  ].join('\n');
}

function helpFor(request: RunRequest): string {
  const plugins = [...request.stages, ...(request.exporter ? [request.exporter] : [])].map(({ name }) => {
    const { manifest } = open(findPlugin(name, request.folders), request.trust);
    const options = describeOptions(manifest?.config ?? {}).map((option) => {
      const facts = option.required ? 'required' : `default ${JSON.stringify(option.default) ?? 'none'}`;
      return twoColumns(`-p ${option.name}=${option.type.toUpperCase()}`, `${option.description} (${facts})`);
    });
    return [`\nOptions of ${name}${manifest?.description ? ` (${manifest.description})` : ''}:`, ...options].join('\n');
  });
  return [HELP, ...plugins.map((text) => `${text}\n`)].join('');
}

function wholeNumber(flag: string, value: string, most: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= most) return number;
  throw new UsageError(`run: ${flag} ${value}: a whole number from 1 to ${most} is needed`);
}

/** A time such as 10 or 0.5, at most a day. */
function seconds(flag: string, value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0;
  if (number > 0 && number <= 86_400) return number;
  throw new UsageError(`run: ${flag} ${value}: seconds are needed, from 0.001 to 86400`);
}

const UNITS: Record<string, number> = { '': 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 };

/** A size such as 64K or 16M, at most 1G: spans inside a block are 32 bits wide. */
function bytes(flag: string, value: string): number {
  const parts = /^(\d+)([KMG]?)$/i.exec(value);
  const number = parts ? Number(parts[1]) * (UNITS[(parts[2] ?? '').toUpperCase()] ?? 1) : 0;
  if (number >= 1 && number <= 1 << 30) return number;
  throw new UsageError(`run: ${flag} ${value}: a size from 1 to 1G is needed, such as 64K`);
}
