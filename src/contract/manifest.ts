import * as z from 'zod/mini';

/** Makes the schema. zod reports each fault of a manifest; the schema says what would be right. */
function makeSchema() {
  const text = z.optional(z.string('it must be text'));
  const anything = z.optional(z.unknown());
  const words = (pattern: RegExp, error: string) => z.string({ error, checks: [z.regex(pattern)] });

  const option = z.looseObject(
    {
      type: z.optional(
        z.union([z.string(), z.array(z.string())], 'it must be a type of JSON Schema, or a list of them'),
      ),
      description: text,
      format: text,
      enum: z.optional(z.array(z.unknown(), 'it must be a list')),
      default: anything,
    },
    'it must be a JSON Schema',
  );

  const config = z.looseObject(
    {
      properties: z.optional(z.record(z.string(), option, 'it must be an object')),
      required: z.optional(z.array(z.string('it must be a name'), 'it must be a list of names')),
      additionalProperties: anything,
      patternProperties: anything,
    },
    'it must be a JSON Schema of an object',
  );

  return z.looseObject(
    {
      id: words(/^[A-Za-z][\w-]*(\.[\w-]+)+$/, 'it must be a reverse domain such as org.example.level'),
      name: words(/^[A-Za-z0-9][\w.+-]*$/, 'it must be a name of letters, digits and - _ . +'),
      version: words(/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/, 'it must be a semantic version such as 1.0.0'),
      description: text,
      license: text,
      extensions: z.optional(
        z.array(words(/^[\w.-]+\/\d+$/, 'it must be an id such as plug.filter/1'), 'it must be a list of ids'),
      ),
      config: z.optional(config),
      panic: z.optional(z.enum(['unwind', 'abort'], 'it must be "unwind" or "abort"')),
      asks: z.optional(
        z.array(
          words(/^(threads|read:.+|write:.+)$/s, 'it must be threads, read:PATH or write:PATH'),
          'it must be a list of what a sandbox has to grant',
        ),
      ),
    },
    'it must be a JSON object',
  );
}

/** The manifest of a plugin. native/include/plughost/manifest.h explains the fields. */
export type Manifest = z.infer<ReturnType<typeof makeSchema>>;

/** The JSON Schema of a plugin's config: the parts that the host itself reads. The validator reads the rest. */
export type ConfigSchema = NonNullable<Manifest['config']>;

/** One option in the schema of a plugin's config. */
export type OptionSchema = NonNullable<ConfigSchema['properties']>[string];

/** Made for the first manifest: a start that reads none does without. */
let schema: ReturnType<typeof makeSchema> | undefined;

/** Parses and checks the JSON of a manifest. @throws Error with every reason in one sentence */
export function parseManifest(json: string): Manifest {
  schema ??= makeSchema();
  const result = schema.safeParse(JSON.parse(json));
  if (result.success) return result.data;
  const reasons = result.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw new Error(reasons.join('; '));
}
