import * as z from 'zod/mini';

/** A JSON Schema of a plugin's config. */
export type ConfigSchema = Record<string, unknown>;

const schema = z.looseObject({
  id: z.string().check(z.regex(/^[A-Za-z][\w-]*(\.[\w-]+)+$/, 'must be a reverse domain such as org.example.level')),
  name: z.string().check(z.regex(/^[A-Za-z0-9][\w.+-]*$/, 'must be a name of letters, digits and - _ . +')),
  version: z
    .string()
    .check(z.regex(/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/, 'must be a semantic version such as 1.0.0')),
  description: z.optional(z.string()),
  license: z.optional(z.string()),
  extensions: z.optional(z.array(z.string())),
  config: z.optional(z.record(z.string(), z.unknown())),
  panic: z.optional(z.enum(['unwind', 'abort'])),
});

/** What a library says of itself; the fields are those of native/include/plughost/manifest.h. */
export type Manifest = z.infer<typeof schema>;

export interface ManifestText {
  /** The version of the contract's headers. */
  abi: { major: number; minor: number };
  /** Compiler and target, such as `gcc 12.2.0 x86_64-linux`. */
  compiler: string;
  json: string;
}

/** Takes the text of a `plug_manifest` symbol apart; throws Error with the reason. */
export function splitManifest(bytes: Uint8Array): ManifestText {
  const end = bytes.indexOf(0);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(end < 0 ? bytes : bytes.subarray(0, end));
  const [magic = '', compiler = '', ...json] = text.split('\n');
  const version = /^plughost (\d{1,6})\.(\d{1,6})$/.exec(magic);
  if (!version) throw new Error('it does not begin with a line such as "plughost 1.0"');
  return { abi: { major: Number(version[1]), minor: Number(version[2]) }, compiler, json: json.join('\n') };
}

/** Checks the JSON of a manifest; throws Error with every reason in one line. */
export function parseManifest(json: string): Manifest {
  const result = schema.safeParse(JSON.parse(json));
  if (result.success) return result.data;
  throw new Error(
    result.error.issues.map((issue) => `${issue.path.join('.') || 'the manifest'}: ${issue.message}`).join('; '),
  );
}
