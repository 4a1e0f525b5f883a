// Gathers the licences of the code of others that a package contains.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crossCompilers } from './tools.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LICENCE = /^(licen[cs]e|copying|copyright|unlicense)([-._].*)?$/i;

/** The files in a folder that hold a licence. */
const licencesIn = (folder) =>
  readdirSync(folder)
    .filter((name) => LICENCE.test(name))
    .map((name) => join(folder, name));

/** The licences of the libraries in C, by the crate that brings the source. */
const C_LIBRARIES = {
  'libz-ng-sys': ['zlib-ng', 'src/zlib-ng/LICENSE.md'],
  'zstd-sys': ['zstd', 'LICENSE.BSD-3-Clause'],
  'liblzma-sys': ['liblzma', 'xz/COPYING.0BSD'],
  'bzip2-sys': ['bzip2', 'bzip2-1.0.8/LICENSE'],
  'rquickjs-sys': ['QuickJS-NG', 'quickjs/LICENSE'],
};

function metadata(folder, ...args) {
  const command = ['metadata', '--locked', '--format-version', '1', ...args];
  const text = execFileSync('cargo', command, { cwd: join(root, folder), encoding: 'utf8', maxBuffer: 1 << 28 });
  return JSON.parse(text);
}

const section = (title, files) =>
  `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${files.map((file) => readFileSync(file, 'utf8').trim()).join('\n\n')}\n`;

/** Returns the crates of others that plugins contain. The crate of a plugin is in a folder with its name. */
function cratesIn(plugins) {
  const { packages, resolve } = metadata('plugins-rust');
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const seen = new Set();
  const visit = (id) => {
    if (seen.has(id)) return;
    seen.add(id);
    // What only a build or a test needs is of another kind.
    for (const { pkg, dep_kinds } of nodes.get(id).deps) if (dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
  };
  for (const { id, manifest_path, source } of packages)
    if (!source && plugins.includes(basename(dirname(manifest_path)))) visit(id);
  return packages.filter(({ id, source }) => source && seen.has(id));
}

/**
 * Returns the text for a package of a system.
 * @param plugins the names of its plugins and adapters
 * @param hasAddon whether it contains addon and runner
 */
export function nativeNotices({ zig }, plugins, hasAddon) {
  const lib = join(dirname(realpathSync(join(crossCompilers(), 'zig'))), 'lib');
  const sections = [section('libc++, libc++abi, libunwind, compiler-rt (LLVM)', [join(lib, 'libcxx/LICENSE.TXT')])];
  if (zig.includes('musl')) sections.push(section('musl', [join(lib, 'libc/musl/COPYRIGHT')]));
  if (hasAddon) sections.push(section('node-addon-api', licencesIn(join(root, 'node_modules/node-addon-api'))));
  const librariesOf = hasAddon ? metadata('native/libraries', '--features', 'bundled').packages : [];
  const crates = cratesIn(plugins);
  for (const { name, manifest_path } of [...librariesOf, ...crates]) {
    const [title, file] = C_LIBRARIES[name] ?? [];
    if (title) sections.push(section(title, [join(dirname(manifest_path), file)]));
  }
  for (const { name, version, license, manifest_path } of crates)
    sections.push(section(`${name} ${version} (${license})`, licencesIn(dirname(manifest_path))));
  return `plughost contains code of others, under these licences.\n\n${sections.join('\n')}`;
}

/** Returns the text for the main package, whose dist/ contains these packages of npm. */
export function bundledNotices(names) {
  const seen = new Set();
  const sections = [];
  const visit = (folder) => {
    if (seen.has(folder)) return;
    seen.add(folder);
    const { name, version, license, dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    sections.push(section(`${name} ${version} (${license})`, licencesIn(folder)));
    for (const needed of Object.keys(dependencies ?? {})) {
      // npm puts a package beside others, or into the one that needs another version of it.
      const places = [join(folder, 'node_modules', needed), join(root, 'node_modules', needed)];
      const found = places.find(existsSync);
      if (found) visit(found);
    }
  };
  for (const name of names) visit(join(root, 'node_modules', name));
  return `plughost contains code of others, under these licences.\n\n${sections.join('\n')}`;
}
