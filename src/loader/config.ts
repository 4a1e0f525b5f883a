import { Validator } from '@cfworker/json-schema';
import type { ConfigSchema } from '../contract/manifest.js';
import { ConfigError, reasonOf } from '../errors.js';
import { nearest } from './nearest.js';

/** A plugin's options by name. */
export type Config = Record<string, unknown>;

interface Property {
  type?: string | string[];
  default?: unknown;
  description?: string;
  enum?: unknown[];
}

function propertiesOf(schema: ConfigSchema): Record<string, Property> {
  return (schema.properties ?? {}) as Record<string, Property>;
}

/**
 * The options with the schema's defaults filled in.
 * @throws ConfigError that names the option and what is wrong with it.
 */
export function completeConfig(label: string, schema: ConfigSchema | undefined, given: Config): Config {
  if (!schema) return given;
  const properties = propertiesOf(schema);
  const config: Config = {};
  for (const [key, { default: value }] of Object.entries(properties)) {
    if (value !== undefined) config[key] = structuredClone(value);
  }
  Object.assign(config, given);
  if (schema.additionalProperties === false) {
    for (const key of Object.keys(given))
      if (!Object.hasOwn(properties, key)) throw unknownOption(label, properties, key);
  }
  for (const key of (schema.required ?? []) as string[]) {
    if (!Object.hasOwn(config, key)) {
      throw new ConfigError(label, `the option "${key}" is missing`, { hint: `give it with: -p ${key}=…` });
    }
  }
  const { valid, errors } = new Validator(schema as never, '2020-12', false).validate(config);
  if (!valid) {
    // The outermost errors only say that something inside is wrong; the deepest says what.
    const deepest = errors.reduce((a, b) => (b.instanceLocation.length > a.instanceLocation.length ? b : a));
    const option = deepest.instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.');
    throw new ConfigError(label, option ? `the option "${option}": ${deepest.error}` : deepest.error);
  }
  return config;
}

/**
 * Turns the text of `key=value` on a command line into the type that the schema gives the option. Without a schema, or
 * a type, it stays text.
 * @throws ConfigError when there is no such option, or the text is not of its type.
 */
export function parseParameter(label: string, schema: ConfigSchema | undefined, key: string, text: string): unknown {
  if (!schema) return text;
  const properties = propertiesOf(schema);
  const property = properties[key];
  if (!property || !Object.hasOwn(properties, key)) {
    if (schema.additionalProperties === false) throw unknownOption(label, properties, key);
    return text;
  }
  const types = [property.type ?? 'string'].flat();
  const wrong = (wanted: string) =>
    new ConfigError(label, `the option "${key}": ${JSON.stringify(text)} is not ${wanted}`);
  if (types.includes('string')) return text;
  if (types.includes('boolean')) {
    if (text === 'true' || text === 'false') return text === 'true';
    throw wrong('true or false');
  }
  if (types.includes('integer') || types.includes('number')) {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isNaN(number) || (!types.includes('number') && !Number.isInteger(number))) {
      throw wrong(types.includes('number') ? 'a number' : 'a whole number');
    }
    return number;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(label, `the option "${key}": ${reasonOf(cause)}`, { cause, hint: 'write it as JSON' });
  }
}

/** The options of a schema, for people. */
export function describeOptions(
  schema: ConfigSchema,
): { name: string; type: string; required: boolean; default: unknown; description: string }[] {
  const required = new Set((schema.required ?? []) as string[]);
  return Object.entries(propertiesOf(schema)).map(([name, property]) => ({
    name,
    type: property.enum?.join('|') ?? [property.type ?? 'any'].flat().join('|'),
    required: required.has(name),
    default: property.default,
    description: property.description ?? '',
  }));
}

function unknownOption(label: string, properties: Record<string, Property>, key: string): ConfigError {
  const names = Object.keys(properties);
  const near = nearest(key, names);
  return new ConfigError(label, `there is no option "${key}"`, {
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `its options are: ${names.join(', ') || 'none'}`,
  });
}
