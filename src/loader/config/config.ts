import type { ConfigSchema } from '../../contract/manifest.js';
import { ConfigError, reasonOf } from '../../errors/index.js';
import { plainConfig } from './config-json.js';
import { isKnown, optionOf, unknownOption } from './schema.js';
import { validate } from './validate.js';

/** A plugin's options by name. */
export type Config = Record<string, unknown>;

/** The plugin that options belong to, for messages. */
export interface ConfigOwner {
  label: string;
  path: string;
}

/**
 * Returns the JSON text that a plugin's `init` gets: the given options, with defaults filled in, checked against the
 * manifest's schema. An option that the schema does not name is refused, unless the schema allows it by
 * `additionalProperties` or `patternProperties`; plain JSON Schema would let a misspelt option pass. Without a schema
 * nothing is checked.
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
  const invalid = validate(path, schema, config);
  if (!invalid) return;
  const { option, reason } = invalid;
  throw new ConfigError(label, option ? `the option "${option}": ${reason}` : reason);
}
