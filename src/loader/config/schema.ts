import type { ConfigSchema, OptionSchema } from '../../contract/manifest.js';
import { ConfigError } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';

/** Returns what a schema says of an option; undefined when it does not name the option. */
export function optionOf(schema: ConfigSchema | undefined, key: string): OptionSchema | undefined {
  const properties = schema?.properties ?? {};
  return Object.hasOwn(properties, key) ? properties[key] : undefined;
}

/** Returns whether a schema allows an option: by name, by `patternProperties` or by `additionalProperties`. */
export function isKnown(schema: ConfigSchema, key: string): boolean {
  if (optionOf(schema, key)) return true;
  return schema.patternProperties !== undefined || (schema.additionalProperties ?? false) !== false;
}

/** Returns the error for an option that a schema does not allow. */
export function unknownOption(label: string, schema: ConfigSchema, key: string): ConfigError {
  const names = Object.keys(schema.properties ?? {});
  const near = nearest(key, names);
  return new ConfigError(label, `there is no option "${key}"`, {
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `its options are: ${names.join(', ') || 'none'}`,
  });
}

/** An option of a schema, for people. */
export interface OptionDescription {
  name: string;
  type: string;
  /** The type is a list of the allowed values, as the user writes them. */
  choices: boolean;
  required: boolean;
  default: unknown;
  description: string;
}

/** Returns the options of a schema, in its order. */
export function describeOptions(schema: ConfigSchema): OptionDescription[] {
  return Object.entries(schema.properties ?? {}).map(([name, option]) => ({
    name,
    type: option.enum?.join('|') ?? [option.type ?? 'any'].flat().join('|'),
    choices: option.enum !== undefined,
    required: schema.required?.includes(name) ?? false,
    default: option.default,
    description: option.description ?? '',
  }));
}
