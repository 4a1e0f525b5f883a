import { Validator } from '@cfworker/json-schema';
import { reasonOf } from '../../errors/index.js';
import { jsonErrorPlace } from '../../text/json-place.js';
import { keysOf } from '../../text/json-pointer.js';
import { nearest } from '../../text/nearest.js';
import schema from './rules.schema.json' with { type: 'json' };

/** The parts of a file of rules that the host itself reads. The adapter reads the rest. */
export interface RulesFile {
  id: string;
  name: string;
  version: string;
  description?: string;
  license?: string;
  keep?: Condition;
  replace?: object[];
}

/** A condition, as far as the host asks what it is about. */
interface Condition {
  field?: string;
  all?: Condition[];
  any?: Condition[];
  not?: Condition;
}

/** Returns whether a condition is about rows, because a part of it is about a column. */
export const isAboutRows = ({ field, all = [], any = [], not }: Condition): boolean =>
  field !== undefined || [...all, ...any, ...(not ? [not] : [])].some(isAboutRows);

/** The deepest nesting of arrays and objects: conditions may be nested 64 deep, which takes two levels each. */
const MAX_DEPTH = 160;

/** The most characters of a value in a message. */
const MAX_SHOWN = 80;

type Json = Record<string, unknown>;

/**
 * Parses a file of rules and checks it against the schema. What a schema cannot say, such as whether a regular expression
 * can be compiled, the adapter checks.
 * @throws Error whose message begins with a JSON pointer if there is a place in the file
 */
export function parseRules(text: string): RulesFile {
  const file = parseJson(text);
  if (isDeeper(file, MAX_DEPTH)) throw new Error('its arrays and objects are nested too deep');
  if (typeof file === 'object' && file !== null && !Array.isArray(file) && !Object.hasOwn(file, 'rules')) {
    throw new Error('it is no file of rules: the key rules is missing');
  }
  const problem = firstProblem(file);
  if (problem) throw new Error(problem);
  return file as RulesFile;
}

function parseJson(text: string): unknown {
  if (text.trim() === '') throw new Error('it is empty');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${jsonErrorPlace(text)}: it is not JSON: ${reasonOf(cause)}`, { cause });
  }
}

/** Returns whether arrays and objects are nested deeper than `limit`. The validator would overflow the stack. */
function isDeeper(value: unknown, limit: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= limit; depth++) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** As the validator reports it; the locations are JSON pointers in the form of an address. */
interface Problem {
  keyword: string;
  keywordLocation: string;
  instanceLocation: string;
  error: string;
}

/** Keywords whose part of the schema is at fault only because a part inside it is. */
const AROUND = ['$ref', 'items', 'properties', 'additionalProperties', 'allOf', 'if', 'then', 'else'];

/** Returns what is wrong with the innermost wrong value; undefined if all is right. */
function firstProblem(file: unknown): string | undefined {
  // It stops at the first wrong value, and collects what is wrong because of that.
  const { errors } = new Validator(schema as never, '2020-12', true).validate(file);
  const depth = ({ instanceLocation }: Problem) => keysOf(instanceLocation).length;
  const [first] = errors.filter(({ keyword }) => !AROUND.includes(keyword)).sort((a, b) => depth(b) - depth(a));
  if (!first) return undefined;
  const keys = keysOf(first.instanceLocation);
  const reason = reasonOfProblem(first, keys, file);
  return keys.length > 0 ? `/${keys.map(escaped).join('/')}: ${reason}` : reason;
}

function reasonOfProblem({ keyword, keywordLocation, error }: Problem, keys: readonly string[], file: unknown): string {
  const value = keys.reduce<unknown>((at, key) => (at as Json)[key], file);
  if (keyword === 'false') return unknownKey(keys, file);
  const { [keyword]: wanted, errorMessage, ...rest } = schemaAt(keysOf(keywordLocation).slice(0, -1));
  const own = rest[`${keyword}ErrorMessage`] ?? errorMessage;
  switch (keyword) {
    case 'type':
      return `it must be ${[wanted].flat().join(' or ')}, and is ${shown(value)}`;
    case 'const':
      return `it must be ${shown(wanted)}, the version of the format that this host knows, and is ${shown(value)}`;
    case 'required':
      return `${(wanted as string[]).find((key) => !Object.hasOwn(value as Json, key))} is missing`;
    case 'pattern':
      return `${own}, and is ${shown(value)}`;
    case 'minLength':
      return typeof own === 'string' ? own : 'it is empty, and an empty text is in every line';
    case 'maxLength':
      return `it is longer than ${wanted} characters`;
    case 'minItems':
      return 'the list is empty';
    case 'maxItems':
      return `there are ${(value as unknown[]).length}, and there may be ${wanted} at most`;
    default:
      return typeof own === 'string' ? own : error;
  }
}

/** Says that a key may not stand where it does. */
function unknownKey(keys: readonly string[], file: unknown): string {
  const [list, , key] = keys;
  const needed = list === 'tests' && { kept: 'keep', becomes: 'replace' }[key ?? ''];
  if (needed && !Object.hasOwn(file as Json, needed)) return `the file has no ${needed}`;
  const near = nearest(keys.at(-1) ?? '', knownKeys(keys.slice(0, -1)));
  return near.length > 0 ? `there is no such key; did you mean ${near.join(' or ')}?` : 'there is no such key';
}

/** Returns the keys that an object in the file may have, by the schema. */
function knownKeys(keys: readonly string[]): string[] {
  const path = keys.flatMap((key) => (/^\d+$/.test(key) ? ['items'] : ['properties', key]));
  return Object.keys((schemaAt(path).properties ?? {}) as Json);
}

/** Returns the part of the schema that a path of keys leads to. References are followed. */
function schemaAt(path: readonly string[]): Json {
  const followed = (at: Json): Json =>
    typeof at.$ref === 'string' ? { ...schemaAt(keysOf(at.$ref)), description: at.description } : at;
  return path.reduce<Json>((at, key) => (key === '$ref' ? at : followed((at[key] ?? {}) as Json)), schema);
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/** Returns a value for a message, cut. A deep one is not passed to JSON.stringify as a whole. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
