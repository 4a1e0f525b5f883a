import * as z from 'zod/mini';

/*
 * zod reports each fault of a manifest; its schemas say what would be right. Making one takes longer than checking a value by
 * it, and the start of the command checks one manifest. So each is made when a manifest first needs it.
 */

const string = once(() => z.string());
const text = once(() => z.optional(z.string('it must be text')));
const anything = once(() => z.optional(z.unknown()));
const words = (pattern: RegExp, error: string) => z.string({ error, checks: [z.regex(pattern)] });

const option = () =>
  z.looseObject(
    {
      type: z.optional(z.union([string(), z.array(string())], 'it must be a type of JSON Schema, or a list of them')),
      description: text(),
      format: text(),
      enum: z.optional(z.array(z.unknown(), 'it must be a list')),
      default: anything(),
    },
    'it must be a JSON Schema',
  );

const config = () =>
  z.looseObject(
    {
      properties: z.optional(z.record(string(), option(), 'it must be an object')),
      required: z.optional(z.array(z.string('it must be a name'), 'it must be a list of names')),
      additionalProperties: anything(),
      patternProperties: anything(),
    },
    'it must be a JSON Schema of an object',
  );

/** The fields that every manifest has. */
const required = {
  id: once(() => words(/^[A-Za-z][\w-]*(\.[\w-]+)+$/, 'it must be a reverse domain such as org.example.level')),
  name: once(() => words(/^[A-Za-z0-9][\w.+-]*$/, 'it must be a name of letters, digits and - _ . +')),
  version: once(() => words(/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/, 'it must be a semantic version such as 1.0.0')),
};

/** The fields that a manifest may have. */
const optional = {
  description: text,
  license: text,
  extensions: once(() =>
    z.optional(z.array(words(/^[\w.-]+\/\d+$/, 'it must be an id such as plug.filter/1'), 'it must be a list of ids')),
  ),
  config: once(() => z.optional(config())),
  adapter: once(() => z.optional(z.string('it must be the name of a form'))),
  panic: once(() => z.optional(z.enum(['unwind', 'abort'], 'it must be "unwind" or "abort"'))),
  asks: once(() =>
    z.optional(
      z.array(
        words(/^(threads|read:.+|write:.+)$/s, 'it must be threads, read:PATH or write:PATH'),
        'it must be a list of what a sandbox has to grant',
      ),
    ),
  ),
};

type Fields = typeof required & typeof optional;
type Schema = z.ZodMiniObject<{ [Name in keyof Fields]: ReturnType<Fields[Name]> }, z.core.$loose>;

/** Returns a function that returns what `make` makes at the first call. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The manifest of a plugin. native/include/plughost/manifest.h explains the fields. */
export type Manifest = z.infer<Schema>;

/** The JSON Schema of a plugin's config: the parts that the host itself reads. The validator reads the rest. */
export type ConfigSchema = NonNullable<Manifest['config']>;

/** One option in the schema of a plugin's config. */
export type OptionSchema = NonNullable<ConfigSchema['properties']>[string];

/** By the names of the optional fields. */
const schemas = new Map<string, Schema>();

/** Returns the schema for manifests with the optional fields of this one. What is missing in a manifest needs no schema. */
function schemaOf(manifest: unknown): Schema {
  const present = Object.entries(optional).filter(([name]) => Object.hasOwn(Object(manifest), name));
  const names = present.map(([name]) => name).join();
  let schema = schemas.get(names);
  if (!schema) {
    const shape = [...Object.entries(required), ...present].map(([name, field]) => [name, field()]);
    schema = z.looseObject(Object.fromEntries(shape), 'it must be a JSON object') as Schema;
    schemas.set(names, schema);
  }
  return schema;
}

/** Parses and checks the JSON of a manifest. @throws Error with every reason in one sentence */
export function parseManifest(json: string): Manifest {
  const manifest: unknown = JSON.parse(json);
  const result = schemaOf(manifest).safeParse(manifest);
  if (result.success) return result.data;
  const reasons = result.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new Error(reasons.join('; '));
}
