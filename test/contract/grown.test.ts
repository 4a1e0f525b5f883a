import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { loadPlugin, run } from '../../src/index.js';
import { builtIn, ROOT } from '../e2e/command.js';
import { compile, include, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

// A later minor version of the contract: each struct that a plugin fills has one more optional field at its end.

const scratch = makeScratch();
const headers = join(scratch, 'include');
const GROWN = ['plugin', 'filter', 'exporter', 'transform', 'parser', 'row_filter', 'aggregator'];
const log = join(scratch, 'log');
const LINES = 'one\nan ERROR\nthree\n';

beforeAll(() => {
  cpSync(include, headers, { recursive: true });
  for (const name of GROWN) {
    const file = join(headers, `plughost/${name}.h`);
    const grown = readFileSync(file, 'utf8').replace(`} plug_${name};`, `  void (*later)(void);\n} plug_${name};`);
    expect(grown).toContain('later');
    writeFileSync(file, grown);
  }
  writeFileSync(log, LINES);
});

describe.skipIf(noCompiler)(`a struct that has grown${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test('is still taken at its first size, by what the headers say', () => {
    const names = GROWN.map((name) => `PLUG_${name.toUpperCase()}_LEAST`);
    const code = join(scratch, 'least.c');
    const print = names.map((name) => `printf("%zu ", (size_t)${name});`).join(' ');
    writeFileSync(code, `#include <plughost/plughost.h>\n#include <stdio.h>\nint main(void) { ${print} return 0; }`);
    const least = (folder: string) => {
      execFileSync('cc', [`-I${folder}`, '-o', join(scratch, 'least'), code]);
      return execFileSync(join(scratch, 'least'), { encoding: 'utf8' });
    };
    expect([least(include), least(headers)]).toEqual(Array(2).fill('72 32 40 32 40 40 72 '));
  });

  test.each([
    ['in this process', {}],
    ['in a process of its own', { isolate: true }],
  ])('is taken from a plugin that is newer than the host, %s', async (where, options) => {
    const source = pluginSource({
      head: `static void later(void) {}
        static int32_t match(const plug_plugin *p, void *s, const uint8_t *d, uint64_t n) { return n > 3; }
        static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .match = match, .later = later};`,
      extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : 0;',
      fields: '.later = later',
    });
    // The first folder of headers counts.
    const path = compile(scratch, `newer-${where.length}`, `#include "${headers}/plughost/plughost.h"\n${source}`);
    using plugin = loadPlugin(path, { ...options, needs: ['filter'] });
    const { kept } = await run([log], { stages: [{ filter: plugin }] });
    expect([plugin.run(), kept]).toEqual(['done', 2]);
  });

  test('does not keep a newer host from plugins that were built before', async () => {
    let grown = 0;
    const grow = (text: string, place: RegExp, field: string) => {
      grown += [...text.matchAll(place)].length;
      return text.replace(place, `$1${field}`);
    };
    const changed = await hostWithStructs('newer', (contents) =>
      grow(
        grow(contents, /( {2}plug_plugin: \(\) =>\s+layoutOf\([^}]*)/g, "  later: 'pointer',\n"),
        /( {4}functions: \[[^\]]*)/g,
        ", 'later'",
      ),
    );
    expect(grown).toBe(GROWN.length);
    expect(outputOf(changed)).toContain('an ERROR');
  });

  test('does not keep a plugin from the host of an earlier version', async () => {
    let shrunk = false;
    const changed = await hostWithStructs('older', (contents) => {
      shrunk ||= contents.includes(", 'spans'");
      return contents.replace(", 'spans'", '');
    });
    expect(shrunk).toBe(true);
    expect(outputOf(changed)).toContain('an ERROR');
  });
});

/** The library, bundled with other structs in `src/contract`. */
async function hostWithStructs(name: string, change: (contents: string) => string): Promise<string> {
  const changed: Plugin = {
    name: 'the structs of another version',
    setup({ onLoad }) {
      onLoad({ filter: /contract\/(structs|kinds)\.ts$/ }, ({ path }) => ({
        contents: change(readFileSync(path, 'utf8')),
        loader: 'ts',
      }));
    },
  };
  // Inside the tree, so that koffi is found.
  const folder = join(buildFolder, 'test', name);
  mkdirSync(join(folder, 'dist'), { recursive: true });
  const outfile = join(folder, 'dist/index.js');
  const shared = {
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['koffi'],
  } satisfies BuildOptions;
  await build({ ...shared, absWorkingDir: ROOT, entryPoints: ['src/index.ts'], outfile, plugins: [changed] });
  return outfile;
}

/** What a host prints that loads all plugins of ours and runs a filter, a transform and an exporter. */
function outputOf(host: string): string {
  const names = readdirSync(join(buildFolder, 'plugins')).filter((name) => /^lib(greet|noop)/.test(name));
  const code = `
    import { loadPlugin, run } from ${JSON.stringify(pathToFileURL(host).href)};
    for (const name of ${JSON.stringify(names)}) loadPlugin(${JSON.stringify(join(buildFolder, 'plugins'))} + '/' + name).close();
    const filter = loadPlugin(${JSON.stringify(builtIn('contains'))}, { config: { text: 'ERROR' }, needs: ['filter'] });
    const transform = loadPlugin(${JSON.stringify(builtIn('redact'))}, { needs: ['transform'] });
    const exporter = loadPlugin(${JSON.stringify(builtIn('jsonl'))}, { needs: ['exporter'] });
    const stages = [{ filter }, { transform }];
    await run([${JSON.stringify(log)}], { stages, exporter, output: { fd: 1, name: 'standard output' } });`;
  const env = { ...process.env, PLUGHOST_BUILD: buildFolder };
  expect(names.length).toBeGreaterThanOrEqual(3);
  return execFileSync(process.execPath, ['--input-type=module', '-e', code], { env, encoding: 'utf8' });
}
