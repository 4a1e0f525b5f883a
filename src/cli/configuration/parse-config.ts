import { STAGE_KINDS } from '../../contract/kinds.js';
import { reasonOf, UsageError } from '../../errors/index.js';
import { describedFormOf } from '../../loader/forms/described.js';
import { isPluginName } from '../../loader/plugin/plugin-path.js';
import { nearest } from '../../text/nearest.js';
import type { Flag, Scope } from '../flags/flag.js';
import type { Argument, FlagArgument } from '../flags/parse-flags.js';
import { RUN_FLAGS } from '../flags/run.js';
import { within } from './within.js';

type Json = Record<string, unknown>;

/** How a configuration is found: named on the command line, or in the user's folder, or in the project's. */
export type ConfigSource = Exclude<Scope, 'line'>;

/** What a configuration says: arguments of a command line, and what belongs to the plugin named before. */
export type ConfigArgument =
  | Argument
  | { kind: 'params'; values: Record<string, unknown> }
  | { kind: 'isolate'; value: boolean };

/** A configuration, as it would stand on a command line. */
export interface RunConfig {
  /** Its path, for messages. Paths in it are relative to its folder. */
  file: string;
  source: ConfigSource;
  inputs: ConfigArgument[];
  stages: ConfigArgument[];
  /** Everything else, with the exporter. */
  flags: ConfigArgument[];
}

/** From the least trusted source to the most trusted one. */
const SCOPES: readonly Scope[] = ['project', 'user', 'named', 'line'];

/**
 * Reads JSON as a command line. It comes before the real one, so that the real one wins. Keys are the long names of
 * flags, and `inputs` (a list of files), `export` and `stages`:
 * `[{ "filter": "regex", "params": { "pattern": "x" } }]`. A stage is a filter with `invert`, a transform, a parser, a
 * condition (`where`), an aggregator with `by`, `sort` and `limit`, or `any` of several filters. `false` takes back what a weaker configuration says. `isolate` of a stage decides where this plugin
 * runs, whatever the file says for all.
 * @throws UsageError
 */
export function parseConfig(file: string, source: ConfigSource, text: string): RunConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`read the configuration ${file}: ${reasonOf(cause)}`, { cause });
  }
  return { file, source, ...new ConfigReader(file, source).read(value) };
}

const PLUGIN_KEYS = ['params', 'params-file', 'isolate'];
/** Of an aggregator: lists of columns. */
const LIST_KEYS = ['by', 'sort'];

/** The keys that say what a stage is. */
const STAGES = ['any', ...STAGE_KINDS, 'parse', 'where', 'aggregate'];

class ConfigReader {
  readonly #file: string;
  readonly #source: ConfigSource;
  /** The flags that can be keys. */
  readonly #flags: ReadonlyMap<string, Flag>;

  constructor(file: string, source: ConfigSource) {
    this.#file = file;
    this.#source = source;
    this.#flags = new Map(RUN_FLAGS.filter(({ scope }) => scope !== 'line').map((flag) => [flag.name, flag]));
  }

  read(value: unknown): Pick<RunConfig, 'inputs' | 'stages' | 'flags'> {
    const config = this.#object(value, 'the file');
    this.#known(config, [...this.#flags.keys(), 'inputs', 'stages', 'export'], '', hintAtLine);
    const refused = Object.keys(config).find((name) => !this.#isAllowed(this.#flags.get(name)));
    if (refused !== undefined) {
      throw new UsageError(
        `read the configuration ${this.#file}: ${refused}: a file that nobody has named may not say this`,
        {
          hint: `say --${refused} on the command line, or name the file there: --config ${this.#file}`,
        },
      );
    }
    const { inputs = [], stages = [], ...rest } = config;
    return {
      inputs: this.#list(inputs, 'inputs').map((item, i) => this.#operand(item, `inputs[${i}]`)),
      stages: this.#list(stages, 'stages').flatMap((item, i) => this.#stage(item, `stages[${i}]`)),
      flags: Object.entries(rest).flatMap(([key, entry]) =>
        key === 'export' ? this.#exporter(entry) : this.#flag(key, entry),
      ),
    };
  }

  /**
   * Returns whether this source may set the flag. A file that nobody named must not write files, weaken checks, or
   * decide which plugin a name means.
   */
  #isAllowed({ scope = 'project' }: Partial<Flag> = {}): boolean {
    return SCOPES.indexOf(this.#source) >= SCOPES.indexOf(scope);
  }

  #flag(key: string, value: unknown): ConfigArgument[] {
    const { value: takesValue, choices, list, resolve } = this.#flags.get(key) ?? {};
    if (!takesValue) {
      if (typeof value !== 'boolean') this.#wrong(key, 'true or false');
      return [{ ...flag(key), negated: !value }];
    }
    if (Array.isArray(value) && list) return value.flatMap((item) => this.#flag(key, item));
    const wanted = choices ? `one of ${choices.join(', ')}` : 'text or a number';
    if (typeof value !== 'string' && typeof value !== 'number') this.#wrong(key, wanted);
    if (choices && !choices.includes(String(value))) this.#wrong(key, wanted);
    return [flag(key, resolve ? resolve(String(value), (path) => this.#path(path)) : String(value))];
  }

  #stage(value: unknown, path: string): ConfigArgument[] {
    const stage = this.#object(value, path);
    const [one, other] = STAGES.filter((kind) => kind in stage);
    if (one && other) {
      throw new UsageError(`read the configuration ${this.#file}: ${path} is two stages, ${one} and ${other}`, {
        hint: `write each by itself: { "${one}": … }, { "${other}": … }`,
      });
    }
    if ('any' in stage) {
      this.#known(stage, ['any'], path);
      const filters = this.#list(stage.any, `${path}.any`);
      return [flag('any'), ...filters.flatMap((item, i) => this.#filter(item, `${path}.any[${i}]`)), flag('all')];
    }
    if ('aggregate' in stage) return this.#aggregator(stage, path);
    const kind = 'parse' in stage ? 'parse' : (STAGE_KINDS.findLast((kind) => kind in stage) ?? 'filter');
    if (kind === 'filter') return this.#filter(stage, path);
    this.#known(stage, [kind, ...PLUGIN_KEYS], path);
    return this.#plugin(kind, stage, path);
  }

  /** A filter, or a condition for rows. */
  #filter(value: unknown, path: string): ConfigArgument[] {
    const filter = this.#object(value, path);
    const isCondition = 'where' in filter;
    this.#known(filter, [isCondition ? 'where' : 'filter', 'invert', ...(isCondition ? [] : PLUGIN_KEYS)], path);
    const { invert = false, where } = filter;
    if (typeof invert !== 'boolean') this.#wrong(`${path}.invert`, 'true or false');
    const inverted = invert ? [flag('invert')] : [];
    if (!isCondition) return [...inverted, ...this.#plugin('filter', filter, path)];
    if (typeof where !== 'string') this.#wrong(`${path}.where`, 'a condition as text');
    return [...inverted, flag('where', where)];
  }

  /** An aggregator, and how its rows are grouped and sorted. */
  #aggregator(stage: Json, path: string): ConfigArgument[] {
    this.#known(stage, ['aggregate', ...LIST_KEYS, 'limit', ...PLUGIN_KEYS], path);
    const { limit } = stage;
    if (limit !== undefined && typeof limit !== 'number') this.#wrong(`${path}.limit`, 'a number');
    const lists = LIST_KEYS.flatMap((key) => {
      const names = stage[key] ?? [];
      const list = typeof names === 'string' ? [names] : this.#list(names, `${path}.${key}`);
      if (!list.every((name) => typeof name === 'string')) this.#wrong(`${path}.${key}`, 'names of columns');
      return list.length > 0 ? [flag(key, list.join())] : [];
    });
    return [
      ...this.#plugin('aggregate', stage, path),
      ...lists,
      ...(limit === undefined ? [] : [flag('limit', String(limit))]),
    ];
  }

  #exporter(value: unknown): ConfigArgument[] {
    if (typeof value === 'string') return this.#plugin('export', { export: value }, 'export');
    const exporter = this.#object(value, 'export');
    this.#known(exporter, ['export', ...PLUGIN_KEYS], 'export');
    return this.#plugin('export', exporter, 'export');
  }

  /** The plugin and its options. */
  #plugin(kind: string, stage: Json, path: string): ConfigArgument[] {
    const name = stage[kind];
    if (typeof name !== 'string' || name === '') this.#wrong(`${path}.${kind}`, "a plugin's name or path");
    const file = stage['params-file'];
    if (file !== undefined && typeof file !== 'string') this.#wrong(`${path}.params-file`, "a file's path");
    const { isolate } = stage;
    if (isolate !== undefined && typeof isolate !== 'boolean') this.#wrong(`${path}.isolate`, 'true or false');
    const params = stage.params === undefined ? {} : this.#object(stage.params, `${path}.params`);
    return [
      flag(kind, this.#pluginName(name)),
      ...(file === undefined ? [] : [flag('params-file', this.#path(file))]),
      { kind: 'params', values: params },
      ...(isolate === undefined ? [] : [{ kind: 'isolate' as const, value: isolate }]),
    ];
  }

  /** A path in it is relative to the folder of the file. */
  #pluginName(name: string): string {
    const described = describedFormOf(name);
    if (described?.resolved) return described.resolved(name, (path) => this.#path(path));
    return isPluginName(name) ? name : this.#path(name);
  }

  #operand(value: unknown, path: string): Argument {
    if (typeof value !== 'string') this.#wrong(path, "a file's path");
    return { kind: 'operand', value: value === '-' ? value : this.#path(value) };
  }

  #path(path: string): string {
    return within(this.#file, path);
  }

  #object(value: unknown, path: string): Json {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#wrong(path, 'an object');
    return value as Json;
  }

  #list(value: unknown, path: string): unknown[] {
    if (!Array.isArray(value)) this.#wrong(path, 'a list');
    return value;
  }

  #known(
    value: Json,
    keys: readonly string[],
    path: string,
    hintAt: (key: string) => string | undefined = () => undefined,
  ): void {
    const unknown = Object.keys(value).find((key) => !keys.includes(key));
    if (unknown === undefined) return;
    const near = nearest(unknown, keys);
    throw new UsageError(`read the configuration ${this.#file}: there is no ${path ? `${path}.` : ''}${unknown}`, {
      hint:
        hintAt(unknown) ??
        (near.length > 0
          ? `did you mean ${near[0]}?`
          : 'see: plughost run --no-config --help; keys are the long names of its options'),
    });
  }

  #wrong(path: string, wanted: string): never {
    throw new UsageError(`read the configuration ${this.#file}: ${path}: ${wanted} is needed`);
  }
}

/** Says where a flag stands that is no key of the file itself. */
function hintAtLine(key: string): string | undefined {
  if ([...STAGES, ...LIST_KEYS, 'limit', 'invert'].includes(key)) {
    const stages = '{ "parse": "access" }, { "aggregate": "count", "by": ["status"] }';
    return `it belongs to a stage: "stages": [${stages}]`;
  }
  const isLine = RUN_FLAGS.some(({ name, scope }) => name === key && scope === 'line');
  return isLine ? `--${key} is for the command line alone` : undefined;
}

const flag = (name: string, value?: string): FlagArgument => ({ kind: 'flag', name, value });
