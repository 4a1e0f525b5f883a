import { Validator } from '@cfworker/json-schema';
import type { ConfigSchema, OptionSchema } from '../../contract/manifest.js';
import { ConfigError, ManifestError, reasonOf } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';
import { plainConfig } from './config-json.js';

/** A plugin's options by name. */
export type Config = Record<string, unknown>;

/** Whose options they are, for messages. */
export interface ConfigOwner {
  label: string;
  path: string;
}

/**
 * The options as the JSON text that a plugin's `init` gets: defaults filled in, checked by the manifest's schema. An
 * option that the schema does not name is refused, unless the schema says otherwise by `additionalProperties` or
 * `patternProperties`; plain JSON Schema would let a misspelt one pass. Without a schema nothing is checked.
 * @param given whatever the caller gave
 * @throws ConfigError that names the option and what is wrong with it; ManifestError when the schema cannot be used
 */
export function completeConfig(owner: ConfigOwner, schema: ConfigSchema | undefined, given: unknown): string {
  const chosen = plainConfig(owner.label, given, (option) => optionOf(schema, option)?.format === 'bytes');
  if (!schema) return toJson(owner, chosen);
  const properties = schema.properties ?? {};
  for (const key of Object.keys(given as Config))
    if (!isKnown(schema, key)) throw unknownOption(owner.label, schema, key);
  const defaults = Object.entries(properties).flatMap(([key, { default: value }]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  const json = toJson(owner, Object.fromEntries([...defaults, ...Object.entries(chosen)]));
  check(owner, schema, JSON.parse(json));
  return json;
}

/**
 * Turns the text of `key=value` on a command line into the type that the schema gives the option. Without a schema, or
 * a type, it stays text.
 * @throws ConfigError when there is no such option, or the text is not of its type
 */
export function parseParameter(label: string, schema: ConfigSchema | undefined, key: string, text: string): unknown {
  if (schema && !isKnown(schema, key)) throw unknownOption(label, schema, key);
  const types = [optionOf(schema, key)?.type ?? 'string'].flat();
  const wrong = (wanted: string, details = {}) =>
    new ConfigError(label, `the option "${key}": it must be ${wanted}, and is ${JSON.stringify(text)}`, details);
  if (types.includes('string')) return text;
  if (types.includes('boolean')) {
    if (text === 'true' || text === 'false') return text === 'true';
    throw wrong('true or false');
  }
  if (types.includes('number') || types.includes('integer')) {
    const number = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (types.includes('number') ? Number.isFinite(number) : Number.isSafeInteger(number)) return number;
    throw wrong(types.includes('number') ? 'a number' : 'a whole number');
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(types.join(' or '), {
      cause,
      hint: `write it as JSON, such as ${types[0] === 'array' ? '["a","b"]' : '{"a":1}'}`,
    });
  }
}

/** The options of a schema, for people. `choices`: the type is a list of the values as they are written. */
export function describeOptions(
  schema: ConfigSchema,
): { name: string; type: string; choices: boolean; required: boolean; default: unknown; description: string }[] {
  return Object.entries(schema.properties ?? {}).map(([name, option]) => ({
    name,
    type: option.enum?.join('|') ?? [option.type ?? 'any'].flat().join('|'),
    choices: option.enum !== undefined,
    required: schema.required?.includes(name) ?? false,
    default: option.default,
    description: option.description ?? '',
  }));
}

function optionOf(schema: ConfigSchema | undefined, key: string): OptionSchema | undefined {
  const properties = schema?.properties ?? {};
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

function isKnown(schema: ConfigSchema, key: string): boolean {
  if (optionOf(schema, key)) return true;
  return schema.patternProperties !== undefined || (schema.additionalProperties ?? false) !== false;
}

function unknownOption(label: string, schema: ConfigSchema, key: string): ConfigError {
  const names = Object.keys(schema.properties ?? {});
  const near = nearest(key, names);
  return new ConfigError(label, `there is no option "${key}"`, {
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `its options are: ${names.join(', ') || 'none'}`,
  });
}

function toJson({ label }: ConfigOwner, config: Config): string {
  try {
    return JSON.stringify(config);
  } catch (cause) {
    throw new ConfigError(label, `the options are more than a text can hold: ${reasonOf(cause)}`, { cause });
  }
}

function check({ label, path }: ConfigOwner, schema: ConfigSchema, config: Config): void {
  for (const key of schema.required ?? []) {
    if (Object.hasOwn(config, key)) continue;
    throw new ConfigError(label, `the option "${key}" is missing`, { hint: `on the command line: -p ${key}=…` });
  }
  const [first] = validate(path, schema, config);
  if (!first) return;
  const option = partsOf(first.instanceLocation).join('.');
  const reason = reasonOfInvalid(first, at(schema, first.keywordLocation), at(config, first.instanceLocation));
  throw new ConfigError(label, option ? `the option "${option}": ${reason}` : reason);
}

function reasonOfInvalid({ keyword, error }: Invalid, wanted: unknown, value: unknown): string {
  const found = JSON.stringify(value);
  if (keyword === 'false') return 'there is no such option';
  // Behind a $ref the location does not lead to what was wanted.
  if (wanted === undefined) return error;
  if (keyword === 'type') return `it must be ${[wanted].flat().join(' or ')}, and is ${found}`;
  if (keyword === 'enum') return `it must be one of ${JSON.stringify(wanted)}, and is ${found}`;
  if (keyword === 'pattern') return `it must match ${wanted}, and is ${found}`;
  return error;
}

interface Invalid {
  keyword: string;
  keywordLocation: string;
  instanceLocation: string;
  error: string;
}

/** What is invalid, the innermost value first: what is around it only says that something inside does not fit. */
function validate(path: string, schema: ConfigSchema, config: Config): Invalid[] {
  try {
    const { errors } = new Validator(schema as never, '2020-12', false).validate(config);
    const depth = ({ instanceLocation }: Invalid) => partsOf(instanceLocation).length;
    return errors.sort((a, b) => depth(b) - depth(a));
  } catch (cause) {
    throw new ManifestError(path, `config: it cannot be used as a JSON Schema: ${reasonOf(cause)}`, { cause });
  }
}

/** The keys in a JSON pointer such as `#/a/0`. */
function partsOf(pointer: string): string[] {
  const [, ...parts] = pointer.split('/');
  return parts.map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What a JSON pointer leads to. */
function at(root: unknown, pointer: string): unknown {
  return partsOf(pointer).reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], root);
}
