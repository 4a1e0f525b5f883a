// Has the misbehaving plugin commit each fault in the host's process, isolated and sandboxed, and prints what becomes
// of the run as a table in Markdown. Arguments: names of faults; without any all of them.
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Milliseconds: for what goes on for ever, and for what finds lines by trying. */
const LIMITS = { 'in-process': 5_000, isolated: 120_000, sandboxed: 120_000 };

// A bundle of the tests' own code, whose files still know where they are.
const inPlace = {
  name: 'files know their place',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

const bundle = join(root, 'build/drill.mjs');
await build({
  stdin: {
    contents: "export * from './drill.js'; export * from './faults.js';",
    resolveDir: join(root, 'test/misbehaving'),
    loader: 'ts',
  },
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
  plugins: [inPlace],
});
const { Drill, MODES, FAULTS, HARMLESS_FAULTS, isHarmless } = await import(pathToFileURL(bundle).href);

const wanted = process.argv.slice(2);
const all = [...FAULTS, ...HARMLESS_FAULTS.map((name) => ({ name }))];
const faults = wanted.length > 0 ? all.filter(({ name }) => wanted.includes(name)) : all;
const modes = Object.keys(MODES);
const folder = mkdtempSync(join(tmpdir(), 'plughost-drill-'));
const survived = Object.fromEntries(modes.map((mode) => [mode, 0]));
try {
  const drill = new Drill(folder);
  console.log(`| fault | ${modes.join(' | ')} |`);
  console.log(`|---|${modes.map(() => '---|').join('')}`);
  for (const fault of faults) {
    const endings = [];
    for (const mode of modes) {
      const ending = await drill.commit(fault, mode, LIMITS[mode]);
      if (isHarmless(ending)) survived[mode]++;
      endings.push(ending);
    }
    console.log(`| ${fault.name}${fault.at ? ` (${fault.at})` : ''} | ${endings.join(' | ')} |`);
  }
  console.log(`| survived of ${faults.length} | ${modes.map((mode) => survived[mode]).join(' | ')} |`);
} finally {
  rmSync(folder, { recursive: true });
}
