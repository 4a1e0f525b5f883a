// Lays out the package `plughost`: the files that package.json names, without the sources and what only the repository
// needs.
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listedFiles } from './listed-files.mjs';
import { bundledNotices } from './notices.mjs';
import { isOnlySource } from './source.mjs';
import { SYSTEM_PACKAGES } from './targets.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** dist/ contains the code of all dependencies but this one. */
const APART = 'koffi';
/** The declarations import this one. */
const IN_TYPES = 'zod';

/** What only the repository needs. */
const LEFT_OUT = ['scripts', 'devDependencies', 'allowScripts', 'binary', 'files'];

/** Lays the package out in the folder `out` and returns its folder. dist/ must be built. */
export function layOutMain(manifest, out) {
  const folder = join(out, 'plughost');
  rmSync(folder, { recursive: true, force: true });
  for (const path of listedFiles().filter((path) => !isOnlySource(path))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(root, path), join(folder, path));
  }
  const kept = Object.entries(manifest).filter(([name]) => !LEFT_OUT.includes(name));
  const dependencies = Object.fromEntries([APART, IN_TYPES].map((name) => [name, manifest.dependencies[name]]));
  // Here and not in the repository, whose `npm ci` would ask for packages that are not published yet.
  const optionalDependencies = Object.fromEntries(
    SYSTEM_PACKAGES.map((name) => [`@plughost/${name}`, manifest.version]),
  );
  const packed = { ...Object.fromEntries(kept), dependencies, optionalDependencies };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packed, undefined, 2)}\n`);
  writeFileSync(
    join(folder, 'NOTICES.txt'),
    bundledNotices(Object.keys(manifest.dependencies).filter((name) => name !== APART)),
  );
  return folder;
}
