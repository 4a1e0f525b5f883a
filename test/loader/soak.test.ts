import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

// Opens, loads, runs and closes many times. The long form: npm run drill:soak

const ROUNDS = Number(process.env.PLUGHOST_SOAK ?? 2000);
// What grows for each copy is divided by their number. The loader's work for each grows with it.
const COPIES = process.env.PLUGHOST_SOAK ? 2000 : 600;

const scratch = makeScratch();
const plughost = pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href;

/** Returns by how many bytes the second half of many rounds grows: resident memory, and mappings by stats(). */
function growth(rounds: number, round: string): { resident: number; mapped: number; mappings: number; open: number } {
  const code = `import { copyFileSync, rmSync } from 'node:fs';
    import { loadPlugin, open, stats } from ${JSON.stringify(plughost)};
    const round = async (i) => { ${round} };
    const later = () => new Promise((resolve) => setTimeout(resolve, 20));
    const measure = async () => { for (let i = 0; i < 4; i++) { gc(); await later(); } return { resident: process.memoryUsage().rss, ...stats() }; };
    for (let i = 0; i < ${rounds / 2}; i++) await round(i);
    const before = await measure();
    for (let i = ${rounds / 2}; i < ${rounds}; i++) await round(i);
    const after = await measure();
    console.log(JSON.stringify({ resident: after.resident - before.resident,
      mapped: after.mappedBytes - before.mappedBytes, mappings: after.mappings - before.mappings, open: after.open }));`;
  const args = ['--expose-gc', '--input-type=module', '-e', code];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

const missing = noCompiler ?? (/san/.test(process.env.LD_PRELOAD ?? '') ? 'sanitizers keep what was freed' : undefined);

describe.skipIf(missing)(`memory${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const path = noCompiler ? '' : compile(scratch, 'soaked', pluginSource({ destroy: 'free(plugin);' }));

  test(`stays flat over ${ROUNDS} opens, loads, runs and closes of one plugin`, { timeout: 300_000 }, () => {
    const grown = growth(
      ROUNDS,
      `const plugin = loadPlugin(${JSON.stringify(path)});
       plugin.run(); await plugin.runAsync(); plugin.close();
       if (i % 10 === 0) open(${JSON.stringify(path)}).close();`,
    );
    expect({ ...grown, resident: grown.resident < 16 << 20 }).toEqual({
      resident: true,
      mapped: 0,
      mappings: 0,
      open: expect.any(Number),
    });
  });

  test(`grows by the mappings alone over ${COPIES} copies of one`, { timeout: 300_000 }, () => {
    const grown = growth(
      COPIES,
      `const copy = ${JSON.stringify(path)} + i;
       copyFileSync(${JSON.stringify(path)}, copy);
       const library = open(copy);
       const plugin = loadPlugin(library);
       plugin.run(); library.close(); rmSync(copy);`,
    );
    expect(grown.mappings).toBe(COPIES / 2);
    expect(grown.open).toBe(0);
    // Each library has a mapping, a record of the dynamic loader and a record of the registry.
    expect((grown.resident - grown.mapped) / (COPIES / 2)).toBeLessThan(40 << 10);
  });
});
