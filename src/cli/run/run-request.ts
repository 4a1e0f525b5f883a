import { UsageError } from '../../errors/index.js';
import type { Shape } from '../../loader/plugin/capabilities.js';
import type { LongLines, PrintOptions } from '../../pipeline/pipeline.js';
import { findConfigs } from '../configuration/find-configs.js';
import { bytes, type ConfigArgument, isFlag, parseFlags, seconds, wholeNumber } from '../flags/flags.js';
import { type IsolateRequest, isIsolated, isolateOptionsOf, noIsolation, takeIsolate } from '../flags/isolate-flags.js';
import { FLAGS } from '../flags/run-flags.js';
import { inFile, saidIn } from '../flags/said-in.js';
import { type Trust, takeTrust } from '../flags/trust-flags.js';
import { type NamedPlugin, takeParameter } from '../named-plugin.js';
import type { When } from '../terminal/when.js';
import { opposedTo, TAKE_BACK } from './take-back.js';

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
  keepPartial: boolean;
  count: boolean;
  /** With `count`: one number for all inputs. */
  total: boolean;
  /** Only the names of the inputs with a kept line, or of those without. */
  listed: 'with' | 'without' | undefined;
  json: boolean;
  /** Names of inputs before lines and numbers; undefined: before numbers, where there are several. */
  filenames: 'always' | 'never' | undefined;
  quiet: boolean;
  /** Of each input. */
  limit: number | undefined;
  /** Lines around kept ones: on both sides, and the more particular words. */
  around: { both: number | undefined; before: number | undefined; after: number | undefined };
  /** What the exporter must write of each line beside its text. */
  columns: { numbers: boolean; names: boolean };
  /** What comes of all that: what the engine gets. */
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
  /** The configuration that an option was last set in, or undefined for the command line; for messages. */
  files: Map<string, string | undefined>;
}

/**
 * Reads the configurations that count here, and the command line on top of them.
 * @param warn hears why a configuration that was found is not used
 * @throws UsageError; InputError, UntrustedConfigError when a configuration cannot be used
 */
export function readRunRequest(args: string[], warn: (text: string) => void = () => {}): RunRequest {
  const given = parseFlags('run', FLAGS, args);
  const configs = findConfigs(given, warn);
  // Stages are replaced as a whole, and so are inputs: those of the highest that has any count.
  const staged = given.some((argument) => isFlag(argument, 'filter', 'transform'));
  const stages = staged ? undefined : configs.findLast((config) => config.stages.length > 0);
  const fed = given.some(({ kind }) => kind === 'operand');
  const inputs = fed ? undefined : configs.findLast((config) => config.inputs.length > 0);
  const reader = new RequestReader();
  for (const config of configs) {
    reader.read(config.file, [
      ...config.flags,
      ...(config === stages ? config.stages : []),
      ...(config === inputs ? config.inputs : []),
    ]);
  }
  reader.read(undefined, given);
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
    keepPartial: false,
    count: false,
    total: false,
    listed: undefined,
    json: false,
    filenames: undefined,
    quiet: false,
    limit: undefined,
    around: { both: undefined, before: undefined, after: undefined },
    columns: { numbers: false, names: false },
    print: { form: 'lines', names: false, numbers: false, nul: false, color: false, before: 0, after: 0 },
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
    files: new Map(),
  };
  /** The configurations, from the lowest, and behind them the command line, which has no file. */
  readonly #files: (string | undefined)[] = [];
  /** By the names of options who said each of them last, as a place in that list. */
  readonly #sayers = new Map<string, number>();
  /** The plugin that options belong to. */
  #last: NamedPlugin | undefined;
  /** Filters of which one is enough, while they are being named. */
  #any: NamedFilter[] | undefined;
  #invert = false;

  /** Takes what a configuration says or, without a file and at last, the command line. @throws UsageError */
  read(file: string | undefined, given: readonly ConfigArgument[]): void {
    const request = this.#request;
    this.#files.push(file);
    this.#last = undefined;
    const below = request.folders;
    request.folders = [];
    for (const argument of given) saidIn(file, () => this.#take(argument));
    const alone = given.some((argument) => isFlag(argument, 'no-plugin-dir'));
    if (!alone) request.folders.push(...below);
    // What a configuration says of isolation is for when there is any.
    if (file !== undefined) request.isolation.needless = undefined;
  }

  get #reading(): number {
    return this.#files.length - 1;
  }

  #fileOf(flag: string): string | undefined {
    return this.#files[this.#sayers.get(flag) ?? -1];
  }

  #take(argument: ConfigArgument): void {
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
    if (this.#takeBack(name)) return;
    for (const other of opposedTo(name)) {
      if ((this.#sayers.get(other) ?? this.#reading) < this.#reading) TAKE_BACK[other]?.(request);
    }
    this.#sayers.set(name, this.#reading);
    if (takeParameter('run', this.#last, name, value) || takeTrust(request.trust, name, value)) return;
    if (takeIsolate('run', request.isolation, name, value)) return;
    switch (name) {
      case 'filter':
        this.#addFilter(value);
        break;
      case 'transform': {
        this.#refuseInvert();
        this.#endAny();
        const stage = { kind: 'transform' as const, ...this.#named(value) };
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
        this.#refuseInvert();
        if (!this.#any) throw new UsageError('run: --all ends the filters of --any, and none is before it');
        this.#endAny();
        break;
      case 'export':
        this.#last = request.exporter = this.#named(value);
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
        request.limit = wholeNumber('run', '-m', value, 0, Number.MAX_SAFE_INTEGER);
        break;
      case 'line-number':
        request.print.numbers = true;
        break;
      case 'with-filename':
        request.filenames = 'always';
        break;
      case 'no-filename':
        request.filenames = 'never';
        break;
      case 'null':
        request.print.nul = true;
        break;
      case 'files-with-matches':
        request.listed = 'with';
        break;
      case 'files-without-match':
        request.listed = 'without';
        break;
      case 'before-context':
        request.around.before = wholeNumber('run', '-B', value, 0, MAX_CONTEXT);
        break;
      case 'after-context':
        request.around.after = wholeNumber('run', '-A', value, 0, MAX_CONTEXT);
        break;
      case 'context':
        request.around.both = wholeNumber('run', '-C', value, 0, MAX_CONTEXT);
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
      case 'keep-partial':
        request.keepPartial = true;
        break;
      case 'append':
      case 'count':
      case 'total':
      case 'quiet':
      case 'crlf':
      case 'json':
      case 'stats':
      case 'help':
      case 'verbose':
        request[name] = true;
    }
  }

  /** False when the flag is another one. */
  #takeBack(flag: string): boolean {
    const name = flag.replace(/^no-/, '');
    const back = name === flag || !Object.hasOwn(TAKE_BACK, name) ? undefined : TAKE_BACK[name];
    if (name === 'export' && this.#last === this.#request.exporter) this.#last = undefined;
    back?.(this.#request);
    if (back) this.#sayers.set(name, this.#reading);
    return back !== undefined;
  }

  #named(name: string): NamedPlugin {
    return { name, parameters: [], file: this.#files.at(-1) };
  }

  /** @throws UsageError for what cannot be together */
  finish(): RunRequest {
    const request = this.#request;
    this.#refuseInvert();
    this.#endAny();
    const { print, around, listed } = request;
    print.form = listed === 'with' ? 'names' : request.json ? 'json' : 'lines';
    print.before = around.before ?? around.both ?? 0;
    print.after = around.after ?? around.both ?? 0;
    print.names = request.filenames === 'always';
    const [form, other] = FORMS.filter(({ given }) => given(request)).map(({ flag }) => flag);
    if (form && other) this.#refuse([form, other], `--${form} and --${other} exclude each other`);
    const label = LABELS.find(({ given }) => given(print))?.flag;
    if (request.exporter && label) this.#refuse([label, 'export'], `--${label} says nothing with --export`);
    if (request.exporter) {
      // They are options of the exporters that can write them.
      const { numbers, names } = print;
      if (numbers || names) {
        request.exporter.parameters.push({ values: { ...(numbers && { line: true }), ...(names && { file: true }) } });
      }
      request.columns = { numbers, names };
      print.numbers = print.names = false;
    }
    if (request.json && print.nul) this.#refuse(['null', 'json'], '--null says nothing with --json');
    if (request.total && !request.count) this.#refuse(['total'], '--total says nothing without --count');
    if (request.quiet && request.output !== undefined) {
      this.#refuse(['quiet', 'output'], '--quiet prints nothing, so there is no use for --output');
    }
    const isFile = request.output !== undefined && request.output !== '-';
    if (request.append && !isFile) {
      this.#refuse(['append'], '--append says nothing without an output file', 'name it with -o FILE');
    }
    if (request.keepPartial && (!isFile || request.append)) {
      const reason = request.append ? 'with --append, which adds what there is' : 'without an output file';
      this.#refuse(['keep-partial'], `--keep-partial says nothing ${reason}`);
    }
    if (request.inputs.length === 0) request.inputs.push('-');
    this.#settleIsolation();
    for (const name of this.#sayers.keys()) request.files.set(name, this.#fileOf(name));
    return request;
  }

  /** Of options that cannot be together; the message names the configuration that says one of them. */
  #refuse(flags: string[], reason: string, hint?: string): never {
    const file = flags.map((name) => this.#fileOf(name)).find((one) => one !== undefined);
    throw inFile(file, new UsageError(`run: ${reason}`, hint === undefined ? {} : { hint }));
  }

  /**
   * A configuration's word on where a single plugin runs counts beside its own word on all. It does not take a plugin out
   * of the isolation or the sandbox that anybody else has asked for, nor into one that the command line does not want.
   */
  #settleIsolation(): void {
    const { isolation } = this.#request;
    const askers = [
      ...(isolation.isolate ? [this.#fileOf('isolate')] : []),
      ...(isolation.options.sandbox ? [this.#fileOf('sandbox')] : []),
    ];
    const unwanted = !isIsolated(isolation) && this.#sayers.get('isolate') === this.#reading;
    const plugins = namedPlugins(this.#request);
    for (const plugin of plugins) {
      if (plugin.isolate ? unwanted : askers.some((asker) => asker !== plugin.file)) plugin.isolate = undefined;
    }
    // A grant of a configuration is for when there is a sandbox.
    if (!isolation.options.sandbox && this.#fileOf('grant') !== undefined) isolation.options.grant = undefined;
    isolateOptionsOf('run', isolation, isIsolated(isolation) || plugins.some(({ isolate }) => isolate === true));
  }

  #addFilter(name: string): void {
    const filter: NamedFilter = { kind: 'filter', ...this.#named(name), invert: this.#invert };
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

/** The options that say what is printed, of which there can be one. */
const FORMS: { flag: string; given: (request: RunRequest) => boolean }[] = [
  { flag: 'count', given: ({ count }) => count },
  { flag: 'files-with-matches', given: ({ listed }) => listed === 'with' },
  { flag: 'files-without-match', given: ({ listed }) => listed === 'without' },
  { flag: 'json', given: ({ json }) => json },
  { flag: 'export', given: ({ exporter }) => exporter !== undefined },
];

/** The options that say how lines are shown, and nothing to an exporter. As in grep they do nothing where no lines are. */
const LABELS: { flag: string; given: (print: Required<PrintOptions>) => boolean }[] = [
  { flag: 'null', given: ({ nul }) => nul },
  { flag: 'context', given: ({ before, after }) => before > 0 || after > 0 },
];

/** Lines; those before a kept one are held in memory. */
const MAX_CONTEXT = 100_000;

/** The plugins that a request names, those of stages first. */
export function namedPlugins({ stages, exporter }: RunRequest): NamedPlugin[] {
  const ofStages = stages.flatMap((stage): NamedPlugin[] => (stage.kind === 'any' ? stage.filters : [stage]));
  return [...ofStages, ...(exporter ? [exporter] : [])];
}
