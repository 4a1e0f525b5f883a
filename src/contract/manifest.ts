/** One option in the schema of a plugin's config: the parts of JSON Schema that the host itself reads. */
export interface OptionSchema {
  type?: string | string[] | undefined;
  description?: string | undefined;
  format?: string | undefined;
  enum?: unknown[] | undefined;
  default?: unknown;
  [keyword: string]: unknown;
}

/** The JSON Schema of a plugin's config. The validator reads the rest of it. */
export interface ConfigSchema {
  properties?: Record<string, OptionSchema> | undefined;
  required?: string[] | undefined;
  additionalProperties?: unknown;
  patternProperties?: unknown;
  [keyword: string]: unknown;
}

/** The manifest of a plugin. native/include/plughost/manifest.h explains the fields. */
export interface Manifest {
  id: string;
  name: string;
  version: string;
  description?: string | undefined;
  license?: string | undefined;
  extensions?: string[] | undefined;
  config?: ConfigSchema | undefined;
  panic?: 'unwind' | 'abort' | undefined;
  asks?: string[] | undefined;
  [key: string]: unknown;
}

/** Reports each fault of a value. `path` holds the keys that lead to it, joined by dots. */
type Rule = (value: unknown, path: string, report: (path: string, reason: string) => void) => void;

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const within = (path: string, key: string | number) => (path === '' ? `${key}` : `${path}.${key}`);

const is =
  (fits: (value: unknown) => boolean, reason: string): Rule =>
  (value, path, report) => {
    if (!fits(value)) report(path, reason);
  };
const words = (pattern: RegExp, reason: string): Rule => is((value) => isText(value) && pattern.test(value), reason);
const optional =
  (rule: Rule): Rule =>
  (value, path, report) => {
    if (value !== undefined) rule(value, path, report);
  };
const listOf =
  (rule: Rule, reason: string): Rule =>
  (value, path, report) => {
    if (!Array.isArray(value)) report(path, reason);
    else for (const [i, item] of value.entries()) rule(item, within(path, i), report);
  };
const recordOf =
  (rule: Rule, reason: string): Rule =>
  (value, path, report) => {
    if (!isObject(value)) report(path, reason);
    else for (const [key, item] of Object.entries(value)) rule(item, within(path, key), report);
  };
/** Keys without a rule may have any value. */
const objectOf =
  (rules: Readonly<Record<string, Rule>>, reason: string): Rule =>
  (value, path, report) => {
    if (!isObject(value)) report(path, reason);
    else for (const [key, rule] of Object.entries(rules)) rule(value[key], within(path, key), report);
  };

const text = is(isText, 'it must be text');

const option = objectOf(
  {
    type: optional(
      is(
        (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
        'it must be a type of JSON Schema, or a list of them',
      ),
    ),
    description: optional(text),
    format: optional(text),
    enum: optional(is(Array.isArray, 'it must be a list')),
  },
  'it must be a JSON Schema',
);

const configSchema = objectOf(
  {
    properties: optional(recordOf(option, 'it must be an object')),
    required: optional(listOf(is(isText, 'it must be a name'), 'it must be a list of names')),
  },
  'it must be a JSON Schema of an object',
);

const manifest = objectOf(
  {
    id: words(/^[A-Za-z][\w-]*(\.[\w-]+)+$/, 'it must be a reverse domain such as org.example.level'),
    name: words(/^[A-Za-z0-9][\w.+-]*$/, 'it must be a name of letters, digits and - _ . +'),
    version: words(/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/, 'it must be a semantic version such as 1.0.0'),
    description: optional(text),
    license: optional(text),
    extensions: optional(
      listOf(words(/^[\w.-]+\/\d+$/, 'it must be an id such as plug.filter/1'), 'it must be a list of ids'),
    ),
    config: optional(configSchema),
    panic: optional(is((value) => value === 'unwind' || value === 'abort', 'it must be "unwind" or "abort"')),
    asks: optional(
      listOf(
        words(/^(threads|read:.+|write:.+)$/s, 'it must be threads, read:PATH or write:PATH'),
        'it must be a list of what a sandbox has to grant',
      ),
    ),
  },
  'it must be a JSON object',
);

/** Parses and checks the JSON of a manifest. @throws Error with every reason in one sentence */
export function parseManifest(json: string): Manifest {
  const parsed: unknown = JSON.parse(json);
  const reasons: string[] = [];
  manifest(parsed, '', (path, reason) => reasons.push(path === '' ? reason : `${path}: ${reason}`));
  if (reasons.length > 0) throw new Error(reasons.join('; '));
  return parsed as Manifest;
}
