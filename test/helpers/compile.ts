import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const include = fileURLToPath(new URL('../../native/include', import.meta.url));

/** Why tests that compile C are skipped here, or undefined. */
export const noCompiler = spawnSync('cc', ['--version']).error ? 'there is no C compiler (cc)' : undefined;

/** Makes a folder for one test file and removes it after its tests. */
export function makeScratch(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plughost-test-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Compiles C into `lib<name>.so` in the folder and returns its path. */
export function compile(folder: string, name: string, source: string, flags: string[] = []): string {
  const code = join(folder, `${name}.c`);
  const library = join(folder, `lib${name}.so`);
  writeFileSync(code, source);
  const wanted = ['-shared', '-fPIC', '-Wall', '-Wextra', '-Werror', `-I${include}`, ...flags];
  execFileSync('cc', [...wanted, '-o', library, code], { stdio: ['ignore', 'ignore', 'inherit'] });
  return library;
}

export interface PluginParts {
  /** The JSON of its manifest. Without it the plugin has no manifest. */
  manifest?: string;
  /** C code before the functions. */
  head?: string;
  /** The bodies of functions. A missing one does the minimum, or is null where the contract allows that. */
  name?: string;
  run?: string;
  init?: string;
  destroy?: string;
  extension?: string;
  /** More initialisers of the struct. They override the ones above. */
  fields?: string;
  /** NewPlugin is a data object instead of a function. */
  shared?: boolean;
}

/** Returns the C source of a plugin with these parts, and defaults for the others. */
export function pluginSource(parts: PluginParts = {}): string {
  const { manifest, head = '', name = 'return "Test";', run = 'return plug_put(out, "done");', fields = '' } = parts;
  const optional = (field: string, head: string, body: string | undefined) =>
    body === undefined
      ? { code: '', field: '' }
      : { code: `static ${head} { ${body} }\n`, field: `.${field} = ${field}, ` };
  const init = optional(
    'init',
    'int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error)',
    parts.init,
  );
  const destroy = optional('destroy', 'void destroy(plug_plugin *plugin)', parts.destroy);
  const extension = optional(
    'extension',
    'const void *extension(const plug_plugin *plugin, const char *id)',
    parts.extension,
  );
  const struct = `{PLUG_PLUGIN_HEADER, .name = name, .run = run, ${init.field}${destroy.field}${extension.field}${fields}}`;
  const entry = parts.shared
    ? `PLUG_EXPORT_DATA plug_plugin NewPlugin = ${struct};`
    : `PLUG_EXPORT plug_plugin *NewPlugin(void) {
  plug_plugin *made = malloc(sizeof *made);
  *made = (plug_plugin)${struct};
  return made;
}`;
  return `#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Woverride-init"
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>
${manifest ? `PLUG_MANIFEST(${manifest})` : ''}
${head}
static const char *name(const plug_plugin *plugin) { ${name} }
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) { ${run} }
${init.code}${destroy.code}${extension.code}${entry}
`;
}
