// Lays out the package `@plughost/source`: what builds the addon, the runner and the plugins. Few users need it, and it
// would make up half of the main package.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listedFiles } from './listed-files.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What only a build from source needs. */
const ONLY_HERE = /^(CMakeLists\.txt$|native\/(?!include\/)|plugins-c\/|plugins-rust\/(?!plughost\/|Cargo\.)[^/]+\/)/;
/** What authors of plugins need, too: it is also in the main package. */
const ALSO_HERE = /^(LICENSE$|cmake\/|native\/include\/|plugins-rust\/)/;

/** Returns whether a file is in this package alone. */
export const isOnlySource = (path) => ONLY_HERE.test(path);

/** Lays the package out in the folder `out` and returns its folder. */
export function layOutSource({ version, license, repository, engines }, out) {
  const folder = join(out, 'source');
  rmSync(folder, { recursive: true, force: true });
  for (const path of listedFiles().filter((path) => ONLY_HERE.test(path) || ALSO_HERE.test(path))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(root, path), join(folder, path));
  }
  const description = 'The sources of the native parts of plughost';
  const about = { name: '@plughost/source', version, description, license, repository, engines };
  writeFileSync(
    join(folder, 'README.md'),
    `# ${about.name}\n\n${description}. docs/install.md of plughost says how to build them.\n`,
  );
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ ...about, exports: { './package.json': './package.json' } }, undefined, 2)}\n`,
  );
  return folder;
}
