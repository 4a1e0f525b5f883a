// Builds everything: addon, engine and plugins with CMake, dist/ with esbuild, the declarations with tsc. Skips what has
// not changed. Passes its arguments on to CMake: `npm run build -- --CDPLUGHOST_WERROR=ON`. PLUGHOST_BUILD names the
// folder of the native parts, by default build/.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, compile } from './bundle.mjs';
import { writeGenerated } from './generate/generated.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const settings = process.argv.slice(2);
const native = resolve(root, process.env.PLUGHOST_BUILD ?? 'build');

/** Runs a tool of node_modules and returns its output. Shows the last line from time to time while the tool runs. */
function tool(name, script, args) {
  const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], { cwd: root });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (text += part));
  const started = Date.now();
  const progress = setInterval(() => {
    const last = text
      .trimEnd()
      .split(/[\r\n]+/)
      .at(-1)
      .slice(0, 100);
    console.error(`${name} goes on, ${Math.round((Date.now() - started) / 1000)} s${last && `: ${last}`}`);
  }, 10_000);
  return new Promise((done, fail) => {
    child.on('close', (status) => {
      clearInterval(progress);
      if (status === 0) done(text);
      else fail(new Error(`${name} failed:\n${text}`));
    });
  });
}

async function buildNative() {
  // Not `compile`: after an error it deletes the folder and builds everything a second time.
  const cmake = (command) => tool('the native build', 'cmake-js/bin/cmake-js', [command, '--out', native, ...settings]);
  // CMake refuses a cache that was copied from another folder together with the project.
  const cacheFile = join(native, 'CMakeCache.txt');
  const cache = existsSync(cacheFile) ? readFileSync(cacheFile, 'utf8') : '';
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(cache)?.[1];
  if (home && relative(home, root) !== '') rmSync(native, { recursive: true });
  // CMake looks for missing tools only when it configures, and they may have been installed since.
  const skipped = /^PLUGHOST_SKIPPED:INTERNAL=[^0]/m.test(cache);
  const configured = settings.length > 0 || skipped ? await cmake('configure') : '';
  const built = await cmake('build');
  // Prints only what the build left out.
  for (const [, left] of (configured + built).matchAll(/^-- (plughost skips: .+)$/gm)) console.warn(left);
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
for (const { reason } of await Promise.allSettled([buildNative(), bundle(), declare()])) {
  if (!reason) continue;
  console.error(reason.message);
  process.exitCode = 1;
}
if (!process.exitCode) await compile((...args) => tool('compiling the command', '../scripts/compile.mjs', args));
