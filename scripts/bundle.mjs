// Makes dist/: the library as one ES module, and the command as CommonJS files with V8's compiled forms beside them.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const require = createRequire(import.meta.url);

/**
 * The files of the command. `load` and `run`, which scripts start often, have their own, with less to read and to
 * evaluate than the one for all commands; bin/host.js chooses. `sample` is a command line whose functions the compiled
 * form will hold.
 */
const COMMANDS = {
  host: { entry: "import './main.js';", sample: ['list'] },
  'host-load': { entry: only('load'), sample: ['load', plugin('greet'), plugin('contains'), '-p', 'text=robots'] },
  'host-run': {
    entry: only('run'),
    sample: ['run', join(root, 'samples/access.log'), '--filter', 'contains', '-p', 'text=robots'],
  },
};

function plugin(name) {
  return join(root, `build/plugins/lib${name}.so`);
}

function only(command) {
  return `import { ${command} } from './commands/${command}.js'; import { runOnly } from './process.js'; void runOnly(${command});`;
}

// Loads the regular expressions for formats only when a schema names one of these formats. V8 parses several kilobytes of
// them when the module is loaded, which takes longer than loading the rest of the checker. Our own format, `bytes`, is
// none of them.
const lazyFormats = {
  name: 'formats when they are first used',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/format\.js$/ }, ({ resolveDir, importer, kind }) =>
      kind === 'import-statement' && importer.includes('@cfworker')
        ? // The text of dist/ has this path, so it must not be one of this machine.
          { path: 'formats', namespace: 'format', pluginData: join(resolveDir, 'format.js') }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'format' }, async ({ pluginData: file }) => {
      const getters = Object.keys((await import(file)).format).map(
        (name) => `get ${JSON.stringify(name)}() { return require('./format.js').format[${JSON.stringify(name)}]; }`,
      );
      return {
        contents: `export const format = { __proto__: null, ${getters.join(', ')} };`,
        resolveDir: dirname(file),
      };
    });
  },
};

// Loads a package that few starts of the command need when one of its exports is first used.
const lazyPackages = {
  name: 'packages when they are first used',
  setup({ onResolve, onLoad }) {
    const filter = /^(@cfworker\/json-schema|es-module-lexer\/js|fastest-levenshtein|minimatch|string-width)$/;
    onResolve({ filter }, ({ path, kind }) => (kind === 'import-statement' ? { path, namespace: 'lazy' } : undefined));
    onLoad({ filter: /.*/, namespace: 'lazy' }, async ({ path }) => {
      // Node 23 and later also give a CommonJS package the name 'module.exports'.
      const names = Object.keys(await import(path)).filter((name) => !['default', 'module.exports'].includes(name));
      // The file that `import` gets: `require` may get another form of the package.
      const file = JSON.stringify(fileURLToPath(import.meta.resolve(path)));
      const getters = names.map((name) => `get ${name}() { return require(${file}).${name}; }`);
      const own = `(...given) => require(${file}).default(...given)`;
      const exported = names.length > 0 ? `{ ${getters.join(', ')} }` : own;
      return { contents: `module.exports = ${exported};`, resolveDir: root };
    });
  },
};

// Opens the binary of koffi where it is now, or else where Node finds its package, as in an installed plughost. koffi's own
// JavaScript takes three times as long to find it. What is in neither place, or of another version, is left to it.
const koffiAtItsPlace = {
  name: 'koffi at its place',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/require-koffi\.js$/ }, ({ path }) => ({ path, namespace: 'koffi' }));
    onLoad({ filter: /.*/, namespace: 'koffi' }, () => {
      const { version } = require('koffi');
      const binary = Object.keys(require.cache).find((path) => path.endsWith('koffi.node'));
      return {
        contents: `
          const { join } = require('node:path');
          const module = { exports: {} };
          const ways = [
            () => process.dlopen(module, join(__dirname, ${JSON.stringify(relative(dist, binary))})),
            () => { module.exports = require(${JSON.stringify(binary.replace(/^.*\/node_modules\//, ''))}); },
          ];
          exports.requireKoffi = () => {
            for (const open of ways) {
              try {
                open();
                if (module.exports.version === '${version}') return module.exports;
              } catch {}
            }
            return require('koffi');
          };`,
      };
    });
  },
};

/** Packages that users install when they need them. */
const OPTIONAL = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).peerDependencies);

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external: ['koffi', '*.node', ...OPTIONAL],
  sourcemap: true,
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
};

async function bundleCommand(name, { entry }) {
  const file = join(dist, `${name}.cjs`);
  rmSync(`${file}.compiled`, { force: true });
  const { outputFiles } = await build({
    ...shared,
    stdin: { contents: entry, resolveDir: join(root, 'src/cli'), sourcefile: `${name}.js` },
    outfile: file,
    // CommonJS avoids Node's loader for ES modules, which takes a quarter of the start of the command.
    format: 'cjs',
    write: false,
    plugins: [lazyFormats, lazyPackages, koffiAtItsPlace],
    // bin/host.js calls this function. As a part of the file it needs no copy of the text.
    banner: { js: '(function (require, __filename, __dirname) { "use strict";' },
    footer: { js: '})' },
    // Only dependencies use the URL, for createRequire, which accepts a path as well.
    define: {
      'import.meta.filename': '__filename',
      'import.meta.dirname': '__dirname',
      'import.meta.url': '__filename',
    },
  });
  for (const { path, text } of outputFiles) writeFileSync(path, path === file ? signed(name, text) : text);
}

/** Adds a last line that no other text has: bin/host.js knows by it whether a compiled form is of this text. */
function signed(name, text) {
  // bin/host.js reads it as Latin-1, the quickest way.
  if (/[^\0-\x7f]/.test(text)) throw new Error(`dist/${name}.cjs is not ASCII`);
  return `${text}//${createHash('sha256').update(text).digest('hex')}\n`;
}

/** How the names of parts of the library begin. */
const PART = 'part-';

export async function bundle() {
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) if (name.startsWith(PART)) rmSync(join(dist, name));
  // Editors read it, by the name plughost/rules.schema.json.
  copyFileSync(join(root, 'src/loader/forms/rules.schema.json'), join(dist, 'rules.schema.json'));
  await Promise.all([
    build({
      ...shared,
      // Node prints the line of an error that nothing catches: without a limit a third of the library.
      lineLimit: 160,
      entryPoints: ['src/index.ts'],
      outdir: 'dist',
      format: 'esm',
      // What the library imports when it is first used has files of its own, so that importing the library is quick.
      splitting: true,
      chunkNames: `${PART}[name]-[hash]`,
      plugins: [lazyFormats],
    }),
    ...Object.entries(COMMANDS).map(([name, command]) => bundleCommand(name, command)),
  ]);
}

/**
 * Writes the compiled forms.
 * @param tool runs a script of the project with arguments
 */
export async function compile(tool) {
  if (!existsSync(join(root, 'build/Release/plughost.node'))) return;
  for (const [name, { sample }] of Object.entries(COMMANDS)) await tool(join(dist, `${name}.cjs`), ...sample);
}
