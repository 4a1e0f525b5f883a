// Builds everything: addon, engine and plugins with CMake, dist/ with esbuild, the declarations with tsc. Skips what has
// not changed. Passes its arguments on to CMake: `npm run build -- --CDPLUGHOST_WERROR=ON`. PLUGHOST_BUILD names the
// folder of the native parts, by default build/.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, compile } from './bundle.mjs';
import { writeGenerated } from './generate/generated.mjs';
import { buildNative, configureNative } from './native-build.mjs';
import { runProgram } from './program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const settings = process.argv.slice(2);

/** Does something that may take long. Shows the last line that it printed from time to time. */
async function watched(name, work) {
  let last = '';
  const started = Date.now();
  const progress = setInterval(() => {
    console.error(`${name} goes on, ${Math.round((Date.now() - started) / 1000)} s${last && `: ${last}`}`);
  }, 10_000);
  try {
    return await work((line) => {
      last = line;
    });
  } finally {
    clearInterval(progress);
  }
}

/** Runs a tool of node_modules. */
const tool = (name, script, args) =>
  watched(name, (onLine) => runProgram(name, process.execPath, [join(root, 'node_modules', script), ...args], onLine));

async function buildAll() {
  await watched('the native build', async (onLine) => {
    // Prints only what the build left out.
    for (const skipped of await configureNative(settings, onLine)) console.warn(skipped);
    for (const skipped of await buildNative([], onLine)) console.warn(skipped);
  });
}

/** Returns all files and folders in a folder. The time of a folder changes when a file is removed from it. */
const within = (folder) => [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, name))];

async function declare() {
  const [sources, dist] = [join(root, 'src'), join(root, 'dist')];
  mkdirSync(dist, { recursive: true });
  const declared = join(dist, 'index.d.ts');
  const changed = Math.max(...[...within(sources), join(root, 'tsconfig.json')].map((file) => statSync(file).mtimeMs));
  if (existsSync(declared) && statSync(declared).mtimeMs > changed) return;
  for (const file of within(dist)) if (file.endsWith('.d.ts')) rmSync(file);
  const emit = ['--emitDeclarationOnly', '--declarationMap', 'false', '--noEmitOnError'];
  await tool('the declarations', 'typescript/bin/tsc', emit);
}

writeGenerated();
for (const { reason } of await Promise.allSettled([buildAll(), bundle(), declare()])) {
  if (!reason) continue;
  console.error(reason.message);
  process.exitCode = 1;
}
if (!process.exitCode) await compile((...args) => tool('compiling the command', '../scripts/compile.mjs', args));
