// Builds everything: addon, engine and plugins by CMake, dist/ by esbuild, the declarations by tsc. Quick when nothing
// has changed. Arguments go to CMake: `npm run build -- --CDPLUGHOST_WERROR=ON`. PLUGHOST_BUILD names another folder
// than build/ for the native parts.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeKinds } from './kinds.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const settings = process.argv.slice(2);
const native = resolve(root, process.env.PLUGHOST_BUILD ?? 'build');

/** Runs a tool of node_modules and gives what it printed. Of one that takes long, the last line is shown now and then. */
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
  // `compile` would delete the whole folder after the first error, and build everything again to show it again.
  const cmake = (command) => tool('the native build', 'cmake-js/bin/cmake-js', [command, '--out', native, ...settings]);
  // A cache that came along with a copy of the project knows only the place it came from.
  const cacheFile = join(native, 'CMakeCache.txt');
  const cache = existsSync(cacheFile) ? readFileSync(cacheFile, 'utf8') : '';
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(cache)?.[1];
  if (home && relative(home, root) !== '') rmSync(native, { recursive: true });
  // What was missing may have been installed since, and CMake looks for it only when it configures.
  const skipped = /^PLUGHOST_SKIPPED:INTERNAL=[^0]/m.test(cache);
  const configured = settings.length > 0 || skipped ? await cmake('configure') : '';
  const built = await cmake('build');
  // What the build had to leave out is worth saying; the rest is not.
  for (const [, left] of (configured + built).matchAll(/^-- (plughost skips: .+)$/gm)) console.warn(left);
}

// Its regular expressions are several kilobytes that V8 parses when the module is loaded, which costs as much as the
// rest of the checker; most schemas name no format.
const lazyFormats = {
  name: 'formats when they are first used',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/format\.js$/ }, ({ resolveDir, importer, kind }) =>
      kind === 'import-statement' && importer.includes('@cfworker')
        ? { path: join(resolveDir, 'format.js'), namespace: 'lazy' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: "export const format = new Proxy({}, { get: (_, name) => require('./format.js').format[name] });",
      resolveDir: dirname(path),
    }));
  },
};

// Finding koffi's modules one by one costs a tenth of the command's start. Its binary is in a package of its own, which
// a strict layout of node_modules shows to koffi alone.
const koffiInside = {
  name: 'koffi inside the command',
  setup({ onResolve, onLoad }) {
    const inside = (path) => ({ path, namespace: 'koffi' });
    onResolve({ filter: /\/require-koffi\.js$/ }, ({ path }) => inside(path));
    onResolve({ filter: /^koffi$/ }, () => ({ path: createRequire(import.meta.url).resolve('koffi') }));
    onResolve({ filter: /^@koromix\// }, ({ path, namespace }) =>
      namespace === 'koffi' ? { path, external: true } : inside(path),
    );
    onLoad({ filter: /\/require-koffi\.js$/, namespace: 'koffi' }, () => ({
      contents: "exports.requireKoffi = () => require('koffi');",
      resolveDir: root,
    }));
    onLoad({ filter: /^@koromix\//, namespace: 'koffi' }, ({ path }) => ({
      contents: `
        try {
          module.exports = require('${path}');
        } catch {
          module.exports = require('node:module').createRequire(eval('require').resolve('koffi'))('${path}');
        }`,
      resolveDir: root,
    }));
  },
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external: ['koffi'],
  sourcemap: true,
  minifySyntax: true,
  logLevel: 'warning',
  plugins: [lazyFormats],
};

const command = join(root, 'dist/main.cjs');
const compiled = `${command}.compiled`;

async function bundle() {
  // V8 tells texts apart by their length alone.
  rmSync(compiled, { force: true });
  await Promise.all([
    build({ ...shared, entryPoints: ['src/index.ts'], outfile: 'dist/index.js', format: 'esm' }),
    // The command starts as CommonJS, which spares it Node's loader for ES modules: a quarter of its start.
    build({
      ...shared,
      entryPoints: ['src/cli/main.ts'],
      outfile: command,
      format: 'cjs',
      external: [],
      plugins: [lazyFormats, koffiInside],
      minifyWhitespace: true,
      // The URL is only used inside dependencies, for createRequire, which takes a path as well.
      define: {
        'import.meta.filename': '__filename',
        'import.meta.dirname': '__dirname',
        'import.meta.url': '__filename',
      },
    }),
  ]);
}

/** Leaves the compiled form of the command beside it: see bin/host.js. */
async function compile() {
  if (!existsSync(join(root, 'build/Release/plughost.node'))) return;
  const sample = ['run', join(root, 'samples/access.log'), '--filter', 'contains', '-p', 'text=robots', '-c'];
  await tool('compiling the command', '../scripts/compile.mjs', sample);
}

/** Everything in a folder, with the folders, whose times tell of files that went away. */
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

writeKinds();
for (const { reason } of await Promise.allSettled([buildNative(), bundle(), declare()])) {
  if (!reason) continue;
  console.error(reason.message);
  process.exitCode = 1;
}
if (!process.exitCode) await compile();
