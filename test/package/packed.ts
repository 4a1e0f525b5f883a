import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Where `npm run package` puts the packages. */
export const PACKED: string = join(ROOT, 'build/package');

const folder = join(PACKED, '@plughost');

/** The systems whose package is there, such as `linux-x64-gnu`. */
export const systems: string[] = existsSync(folder) ? readdirSync(folder) : [];

/** Returns the folder that holds the files of a system's package. */
export const folderOf = (system: string): string => join(folder, system);

export const version: string = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;

/** Returns the tarball of the main package, or of the package of a system. */
export const tarball = (system?: string): string =>
  join(PACKED, system ? `plughost-${system}-${version}.tgz` : `plughost-${version}.tgz`);

const own = `linux-${process.arch}-gnu`;

/** Why tests of the packages are skipped; empty when the packages for this system are there. */
export const noPackages: string =
  existsSync(tarball()) && existsSync(tarball(own)) ? '' : ` (skipped: run npm run package -- ${own})`;
