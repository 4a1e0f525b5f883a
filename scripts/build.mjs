// Builds everything: addon, engine and plugins by CMake, dist/ by esbuild, the declarations by tsc. Quick when nothing
// has changed.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

function step(name, command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (status === 0) return stdout + stderr;
  console.error(`${name} failed:\n${stdout}${stderr}`);
  process.exit(1);
}

// Further arguments go to CMake: `npm run build -- --CDPLUGHOST_WERROR=ON`.
const extra = process.argv.slice(2);
const out = process.env.PLUGHOST_BUILD ?? 'build';
const output = step('the native build', 'npx', ['--no-install', 'cmake-js', 'compile', '--out', out, ...extra]);
// What the build had to leave out is worth saying; the rest is not.
for (const [, warning] of output.matchAll(/CMake Warning[^\n]*\n\s+(.+?)\n\n/gs))
  console.warn(warning.replace(/\s+/g, ' '));

if (existsSync(`${root}/dist`)) rmSync(`${root}/dist`, { recursive: true });
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external: ['koffi'],
  sourcemap: true,
  minifySyntax: true,
  logLevel: 'warning',
};
await Promise.all([
  build({ ...shared, entryPoints: ['src/index.ts'], outfile: 'dist/index.js', format: 'esm' }),
  // The command starts as CommonJS, which spares it Node's loader for ES modules: a quarter of its start.
  build({
    ...shared,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/main.cjs',
    format: 'cjs',
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'moduleUrl' },
  }),
]);
step('the declarations', 'npx', ['--no-install', 'tsc', '--emitDeclarationOnly', '--declarationMap', 'false']);
