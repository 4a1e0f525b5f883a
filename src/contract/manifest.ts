import * as z from 'zod/mini';

/** The parts of JSON Schema that the host itself reads. The validator checks the rest. */
const option = z.looseObject(
  {
    type: z.optional(
      z.union([z.string(), z.array(z.string())], { error: 'it must be a type of JSON Schema, or a list of them' }),
    ),
    description: z.optional(z.string('it must be text')),
    format: z.optional(z.string('it must be text')),
    enum: z.optional(z.array(z.unknown(), 'it must be a list')),
    default: z.optional(z.unknown()),
  },
  'it must be a JSON Schema',
);

const configSchema = z.looseObject(
  {
    properties: z.optional(z.record(z.string(), option, 'it must be an object')),
    required: z.optional(z.array(z.string(), 'it must be a list of names')),
    additionalProperties: z.optional(z.unknown()),
    patternProperties: z.optional(z.unknown()),
  },
  'it must be a JSON Schema of an object',
);

const words = (pattern: RegExp, wanted: string) => z.string(wanted).check(z.regex(pattern, wanted));

const manifest = z.looseObject(
  {
    id: words(/^[A-Za-z][\w-]*(\.[\w-]+)+$/, 'it must be a reverse domain such as org.example.level'),
    name: words(/^[A-Za-z0-9][\w.+-]*$/, 'it must be a name of letters, digits and - _ . +'),
    version: words(/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/, 'it must be a semantic version such as 1.0.0'),
    description: z.optional(z.string('it must be text')),
    license: z.optional(z.string('it must be text')),
    extensions: z.optional(
      z.array(words(/^[\w.-]+\/\d+$/, 'it must be an id such as plug.filter/1'), 'it must be a list of ids'),
    ),
    config: z.optional(configSchema),
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

/** One option in the schema of a plugin's config. */
export type OptionSchema = z.infer<typeof option>;

/** The JSON Schema of a plugin's config. */
export type ConfigSchema = z.infer<typeof configSchema>;

/** The manifest of a plugin. native/include/plughost/manifest.h explains the fields. */
export type Manifest = z.infer<typeof manifest>;

/** Parses and checks the JSON of a manifest. @throws Error with every reason in one sentence */
export function parseManifest(json: string): Manifest {
  const result = manifest.safeParse(JSON.parse(json));
  if (result.success) return result.data;
  throw new Error(
    result.error.issues
      .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
      .join('; '),
  );
}
