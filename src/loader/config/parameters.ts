import type { ConfigSchema } from '../../contract/manifest.js';
import { ConfigError } from '../../errors/index.js';
import { type Config, type ConfigOwner, completeConfig } from './config.js';
import { isKnown, optionOf, unknownOption } from './schema.js';

/** An option of a plugin as a command line gives it: text of a type that only the schema knows, or whole values. */
export type Parameter = { key: string; text: string } | { values: Config };

/**
 * Returns the JSON text of a plugin's options, as `completeConfig` does. Of several parameters for one option the last
 * counts.
 * @throws as `completeConfig`; ConfigError when a text is not of the option's type
 */
export function completeParameters(
  owner: ConfigOwner,
  schema: ConfigSchema | undefined,
  parameters: Iterable<Parameter>,
): string {
  const config: Config = {};
  for (const parameter of parameters) {
    if ('values' in parameter) Object.assign(config, parameter.values);
    else config[parameter.key] = parseParameter(owner.label, schema, parameter.key, parameter.text);
  }
  return completeConfig(owner, schema, config);
}

/**
 * Returns the value of `key=text` in the type that the schema gives the option. Without a schema or a type it stays
 * text. If an option may be a text or a list, one that begins with `[` is a list.
 * @throws ConfigError when there is no such option, or the text is not of its type
 */
export function parseParameter(label: string, schema: ConfigSchema | undefined, key: string, text: string): unknown {
  if (schema && !isKnown(schema, key)) throw unknownOption(label, schema, key);
  const allowed = [optionOf(schema, key)?.type ?? 'string'].flat();
  const types = allowed.includes('array') && text.trimStart().startsWith('[') ? ['array'] : allowed;
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
