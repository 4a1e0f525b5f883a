import { existsSync, readFileSync } from 'node:fs';
import { InputError, reasonOf, UsageError } from '../errors.js';
import { nearest } from '../loader/nearest.js';
import type { Argument, ConfigArgument, Flag } from './flags.js';

/** Read where the command is started, when nothing else is named. */
export const CONFIG_FILE = 'host.config.json';

type Json = Record<string, unknown>;

/** What the file holds, as it would stand on a command line. */
export interface RunConfig {
  inputs: ConfigArgument[];
  stages: ConfigArgument[];
  /** All else, the exporter among it. */
  flags: ConfigArgument[];
}

/**
 * A command line out of a file of JSON, to stand before the real one, so that the real one wins. Keys are the long names
 * of flags, beside `inputs` (a list of files) and `stages`: `[{ "filter": "regex", "params": { "pattern": "x" } }]`,
 * where a stage is a filter with `invert`, a transform, or `any` of several filters; `export` may be such an object too.
 * `isolate` of one of them says where this plugin runs, whatever is said of all.
 * @throws InputError, UsageError
 */
export function readConfig(path: string | undefined, table: readonly Flag[]): RunConfig {
  if (path === undefined && !existsSync(CONFIG_FILE)) return { inputs: [], stages: [], flags: [] };
  const file = path ?? CONFIG_FILE;
  return new ConfigReader(file, table).read(parse(file));
}

function parse(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InputError(file, 'read the configuration', reasonOf(cause), { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`read the configuration ${file}: ${reasonOf(cause)}`, { cause });
  }
}

const PLUGIN_KEYS = ['params', 'params-file', 'isolate'];

class ConfigReader {
  readonly #file: string;
  readonly #table: readonly Flag[];

  constructor(file: string, table: readonly Flag[]) {
    this.#file = file;
    // What belongs to a stage stands in it, and help is for people.
    const elsewhere = [
      'filter',
      'transform',
      'any',
      'all',
      'invert',
      'param',
      'params-file',
      'export',
      'config',
      'help',
    ];
    this.#table = table.filter(({ name }) => !elsewhere.includes(name));
  }

  read(value: unknown): RunConfig {
    const config = this.#object(value, 'the file');
    const flags = this.#table.map(({ name }) => name);
    this.#known(config, [...flags, 'inputs', 'stages', 'export'], '');
    const { inputs = [], stages = [], ...rest } = config;
    return {
      inputs: this.#list(inputs, 'inputs').map((item, i) => this.#operand(item, `inputs[${i}]`)),
      stages: this.#list(stages, 'stages').flatMap((item, i) => this.#stage(item, `stages[${i}]`)),
      flags: Object.entries(rest).flatMap(([key, entry]) =>
        key === 'export' ? this.#exporter(entry) : this.#flag(key, entry),
      ),
    };
  }

  #flag(key: string, value: unknown): ConfigArgument[] {
    const { value: takesValue, choices } = this.#table.find(({ name }) => name === key) ?? {};
    if (!takesValue) {
      if (typeof value !== 'boolean') this.#wrong(key, 'true or false');
      return value ? [flag(key)] : [];
    }
    if (Array.isArray(value)) return value.flatMap((item) => this.#flag(key, item));
    if (typeof value !== 'string' && typeof value !== 'number') this.#wrong(key, 'text or a number');
    if (choices && !choices.includes(String(value))) this.#wrong(key, `one of ${choices.join(', ')}`);
    return [flag(key, String(value))];
  }

  #stage(value: unknown, path: string): ConfigArgument[] {
    const stage = this.#object(value, path);
    if ('any' in stage) {
      this.#known(stage, ['any'], path);
      const filters = this.#list(stage.any, `${path}.any`);
      return [flag('any'), ...filters.flatMap((item, i) => this.#filter(item, `${path}.any[${i}]`)), flag('all')];
    }
    if ('transform' in stage) {
      this.#known(stage, ['transform', ...PLUGIN_KEYS], path);
      return this.#plugin('transform', stage, path);
    }
    return this.#filter(stage, path);
  }

  #filter(value: unknown, path: string): ConfigArgument[] {
    const filter = this.#object(value, path);
    this.#known(filter, ['filter', 'invert', ...PLUGIN_KEYS], path);
    const { invert = false } = filter;
    if (typeof invert !== 'boolean') this.#wrong(`${path}.invert`, 'true or false');
    return [...(invert ? [flag('invert')] : []), ...this.#plugin('filter', filter, path)];
  }

  #exporter(value: unknown): ConfigArgument[] {
    if (typeof value === 'string') return [flag('export', value)];
    const exporter = this.#object(value, 'export');
    this.#known(exporter, ['export', ...PLUGIN_KEYS], 'export');
    return this.#plugin('export', exporter, 'export');
  }

  /** The plugin and its options. */
  #plugin(kind: string, stage: Json, path: string): ConfigArgument[] {
    const name = stage[kind];
    if (typeof name !== 'string') this.#wrong(`${path}.${kind}`, "a plugin's name or path");
    const file = stage['params-file'];
    if (file !== undefined && typeof file !== 'string') this.#wrong(`${path}.params-file`, "a file's path");
    const { isolate } = stage;
    if (isolate !== undefined && typeof isolate !== 'boolean') this.#wrong(`${path}.isolate`, 'true or false');
    const params = stage.params === undefined ? {} : this.#object(stage.params, `${path}.params`);
    return [
      flag(kind, name),
      ...(file === undefined ? [] : [flag('params-file', file)]),
      { kind: 'params', values: params },
      ...(isolate === undefined ? [] : [{ kind: 'isolate' as const, value: isolate }]),
    ];
  }

  #operand(value: unknown, path: string): Argument {
    if (typeof value !== 'string') this.#wrong(path, "a file's path");
    return { kind: 'operand', value };
  }

  #object(value: unknown, path: string): Json {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#wrong(path, 'an object');
    return value as Json;
  }

  #list(value: unknown, path: string): unknown[] {
    if (!Array.isArray(value)) this.#wrong(path, 'a list');
    return value;
  }

  #known(value: Json, keys: readonly string[], path: string): void {
    const unknown = Object.keys(value).find((key) => !keys.includes(key));
    if (unknown === undefined) return;
    const near = nearest(unknown, keys);
    throw new UsageError(`read the configuration ${this.#file}: there is no ${path ? `${path}.` : ''}${unknown}`, {
      hint:
        near.length > 0 ? `did you mean ${near[0]}?` : 'see: host run --help; keys are the long names of its options',
    });
  }

  #wrong(path: string, wanted: string): never {
    throw new UsageError(`read the configuration ${this.#file}: ${path}: ${wanted} is needed`);
  }
}

const flag = (name: string, value?: string): Argument => ({ kind: 'flag', name, value });
