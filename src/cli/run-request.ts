import { UsageError } from '../errors.js';
import type { Shape } from '../loader/capabilities.js';
import type { LongLines, PrintOptions } from '../pipeline/pipeline.js';
import {
  bytes,
  COMMON_FLAGS,
  type ConfigArgument,
  describeFlags,
  type Flag,
  parseFlags,
  seconds,
  WHEN,
  wholeNumber,
} from './flags.js';
import {
  FAULT_FLAGS,
  ISOLATE_FLAGS,
  type IsolateRequest,
  isolateOptionsOf,
  noIsolation,
  takeIsolate,
} from './isolate-flags.js';
import { type NamedPlugin, PARAMETER_FLAGS, takeParameter } from './named-plugin.js';
import { readConfig } from './run-config.js';
import type { When } from './terminal.js';
import { TRUST_FLAGS, type Trust, takeTrust } from './trust-flags.js';

export const FLAGS: Flag[] = [
  { name: 'filter', value: 'PLUGIN', help: 'keep the lines that this filter keeps; several: that all of them keep' },
  { name: 'any', help: 'of the filters that follow, one that keeps a line is enough' },
  { name: 'all', help: 'after --any: of those that follow, all must keep it again' },
  { name: 'invert', short: 'v', help: 'before a filter: keep what it drops' },
  { name: 'transform', value: 'PLUGIN', help: 'put other lines in their place, as this transform says' },
  { name: 'export', value: 'PLUGIN', help: 'write the lines in the format of this exporter' },
  ...PARAMETER_FLAGS,
  { name: 'plugin-dir', value: 'DIR', help: 'look for plugins here first' },
  ...TRUST_FLAGS,
  ...ISOLATE_FLAGS,
  ...FAULT_FLAGS,
  { name: 'output', short: 'o', value: 'FILE', help: 'write here; the file appears when it is complete' },
  { name: 'append', help: 'add to the end of the output file' },
  { name: 'count', short: 'c', help: 'print only the number of kept lines' },
  { name: 'quiet', short: 'q', help: 'print nothing, and stop at the first kept line: only the status tells' },
  { name: 'max-count', short: 'm', value: 'N', help: 'stop after so many kept lines' },
  { name: 'line-number', short: 'n', help: 'print the number of each line in its file before it' },
  { name: 'with-filename', short: 'H', help: 'print the name of its file before each line' },
  { name: 'files-with-matches', short: 'l', help: 'print only the names of the files with a kept line' },
  { name: 'before-context', short: 'B', value: 'N', help: 'print so many lines before each kept one as well' },
  { name: 'after-context', short: 'A', value: 'N', help: 'print so many lines behind it as well' },
  { name: 'context', short: 'C', value: 'N', help: 'print so many lines on both sides' },
  { name: 'json', help: "print JSON Lines: begin, match, context, end, summary, as ripgrep's --json" },
  { name: 'crlf', help: 'a carriage return before a newline is no part of the line' },
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
  { name: 'config', value: 'FILE', help: 'take options from here, instead of host.config.json if there is one' },
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

export const HELP = `Usage: host run [FILE...] [--filter PLUGIN | --transform PLUGIN]...
                [--export PLUGIN] [OPTION...]

Runs logs through native plugins, in the order in which they are named. FILE may
be compressed with gzip or zstd, a directory, for all files below it, or a glob
such as 'logs/**/*.gz'; - or none is standard input. PLUGIN is a name (the file
lib<name>.so is looked for), or a path with a separator in it.

${describeFlags(FLAGS)}

Example: host run access.log --filter regex -p 'pattern= 5\\d\\d ' --export jsonl

Exit status: 0 a line was kept, 1 none was, 2 any error, 130 interrupted.
`;

export type NamedFilter = NamedPlugin & { kind: 'filter'; invert: boolean };

/** A stage as the command line names it. */
export type NamedStage = NamedFilter | (NamedPlugin & { kind: 'transform' }) | { kind: 'any'; filters: NamedFilter[] };

/** What the command line asks for, before anything is opened. */
export interface RunRequest {
  inputs: string[];
  /** In order. */
  stages: NamedStage[];
  exporter: NamedPlugin | undefined;
  folders: string[];
  trust: Trust;
  isolation: IsolateRequest;
  output: string | undefined;
  append: boolean;
  count: boolean;
  quiet: boolean;
  limit: number | undefined;
  print: Required<PrintOptions>;
  crlf: boolean;
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

/**
 * Reads the command line, and before it the configuration file if there is one.
 * @throws UsageError; InputError when the configuration cannot be read
 */
export function readRunRequest(args: string[]): RunRequest {
  const given = parseFlags('run', FLAGS, args);
  const named = (name: string) => given.some((argument) => argument.kind === 'flag' && argument.name === name);
  const configFile = given.findLast((argument) => argument.kind === 'flag' && argument.name === 'config')?.value;
  const config = readConfig(configFile, FLAGS);
  const reader = new RequestReader();
  for (const argument of config.flags) reader.take(argument);
  if (!named('filter') && !named('transform')) for (const argument of config.stages) reader.take(argument);
  if (!given.some(({ kind }) => kind === 'operand')) for (const argument of config.inputs) reader.take(argument);
  for (const argument of given) reader.take(argument);
  return reader.finish();
}

class RequestReader {
  readonly #request: RunRequest = {
    inputs: [],
    stages: [],
    exporter: undefined,
    folders: [],
    trust: {},
    isolation: noIsolation(),
    output: undefined,
    append: false,
    count: false,
    quiet: false,
    limit: undefined,
    print: { form: 'lines', names: false, numbers: false, before: 0, after: 0 },
    crlf: false,
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
  /** The plugin that options belong to. */
  #last: NamedPlugin | undefined;
  /** Filters of which one is enough, while they are being named. */
  #any: NamedFilter[] | undefined;
  #invert = false;

  take(argument: ConfigArgument): void {
    const request = this.#request;
    if (argument.kind === 'operand') {
      request.inputs.push(argument.value);
      return;
    }
    if (argument.kind === 'params') {
      this.#last?.parameters.push({ values: argument.values });
      return;
    }
    if (argument.kind === 'isolate') {
      if (this.#last) this.#last.isolate = argument.value;
      return;
    }
    const { name, value = '' } = argument;
    if (takeParameter('run', this.#last, name, value) || takeTrust(request.trust, name, value)) return;
    if (takeIsolate('run', request.isolation, name, value)) return;
    switch (name) {
      case 'filter':
        this.#addFilter(value);
        break;
      case 'transform': {
        this.#refuseInvert();
        this.#endAny();
        const stage = { kind: 'transform' as const, name: value, parameters: [] };
        this.#last = stage;
        request.stages.push(stage);
        break;
      }
      case 'any':
        this.#refuseInvert();
        this.#endAny();
        this.#any = [];
        break;
      case 'all':
        this.#endAny();
        break;
      case 'export':
        this.#last = request.exporter = { name: value, parameters: [] };
        break;
      case 'invert':
        this.#invert = true;
        break;
      case 'plugin-dir':
        request.folders.push(value);
        break;
      case 'output':
        request.output = value;
        break;
      case 'max-count':
        request.limit = wholeNumber('run', '-m', value, 1, Number.MAX_SAFE_INTEGER);
        break;
      case 'line-number':
        request.print.numbers = true;
        break;
      case 'with-filename':
        request.print.names = true;
        break;
      case 'files-with-matches':
        request.print.form = 'names';
        break;
      case 'json':
        request.print.form = 'json';
        break;
      case 'before-context':
        request.print.before = wholeNumber('run', '-B', value, 0, MOST_CONTEXT);
        break;
      case 'after-context':
        request.print.after = wholeNumber('run', '-A', value, 0, MOST_CONTEXT);
        break;
      case 'context':
        request.print.before = request.print.after = wholeNumber('run', '-C', value, 0, MOST_CONTEXT);
        break;
      case 'timeout':
        request.timeout = seconds('run', '--timeout', value);
        break;
      case 'workers':
        request.workers = wholeNumber('run', '-j', value, 1, 1024);
        break;
      case 'max-line':
        request.maxLine = bytes('run', '--max-line', value);
        break;
      case 'long-lines':
        request.longLines = value as LongLines;
        break;
      case 'block-size':
        request.blockSize = bytes('run', '--block-size', value);
        break;
      case 'shape':
        request.shape = value as Shape | 'auto';
        break;
      case 'progress':
      case 'color':
        request[name] = value as When;
        break;
      case 'append':
      case 'count':
      case 'quiet':
      case 'crlf':
      case 'stats':
      case 'help':
      case 'verbose':
        request[name] = true;
    }
  }

  /** @throws UsageError for what cannot be together */
  finish(): RunRequest {
    const request = this.#request;
    this.#refuseInvert();
    this.#endAny();
    if (request.count && request.exporter) throw new UsageError('run: --count and --export exclude each other');
    const shown = SHOWN.filter(({ given }) => given(request.print)).map(({ flag }) => flag);
    if (shown.length > 0 && (request.exporter || request.count)) {
      throw new UsageError(`run: ${shown[0]} says nothing with ${request.exporter ? '--export' : '--count'}`);
    }
    if (request.print.form === 'names' && shown.length > 1) {
      throw new UsageError(`run: ${shown[0]} says nothing with --files-with-matches`);
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
    isolateOptionsOf('run', request.isolation, request.isolation.isolate || namedPlugins(request).some(isolates));
    return request;
  }

  #addFilter(name: string): void {
    const filter: NamedFilter = { kind: 'filter', name, parameters: [], invert: this.#invert };
    this.#invert = false;
    this.#last = filter;
    if (this.#any) this.#any.push(filter);
    else this.#request.stages.push(filter);
  }

  #endAny(): void {
    if (!this.#any) return;
    if (this.#any.length === 0) {
      throw new UsageError('run: no filter follows --any', { hint: 'write: --any --filter ONE --filter OTHER' });
    }
    this.#request.stages.push({ kind: 'any', filters: this.#any });
    this.#any = undefined;
  }

  #refuseInvert(): void {
    if (!this.#invert) return;
    throw new UsageError('run: -v stands before the filter that it inverts', { hint: 'write: -v --filter NAME' });
  }
}

/** The options that say how lines are shown, for messages. */
const SHOWN: { flag: string; given: (print: Required<PrintOptions>) => boolean }[] = [
  { flag: '--line-number', given: ({ numbers }) => numbers },
  { flag: '--with-filename', given: ({ names }) => names },
  { flag: '--context', given: ({ before, after }) => before > 0 || after > 0 },
  { flag: '--files-with-matches', given: ({ form }) => form === 'names' },
  { flag: '--json', given: ({ form }) => form === 'json' },
];

/** Lines; those before a kept one are held in memory. */
const MOST_CONTEXT = 100_000;

const isolates = ({ isolate }: NamedPlugin) => isolate === true;

/** The plugins that a request names, those of stages first. */
export function namedPlugins({ stages, exporter }: RunRequest): NamedPlugin[] {
  const ofStages = stages.flatMap((stage): NamedPlugin[] => (stage.kind === 'any' ? stage.filters : [stage]));
  return [...ofStages, ...(exporter ? [exporter] : [])];
}
