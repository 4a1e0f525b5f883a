import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** Where `npm run package` puts the packages. */
export const PACKED: string = join(ROOT, 'build/package');

const folder = join(PACKED, '@plughost');

/** The ends of the names of the packages of systems that are there, such as `linux-x64-gnu` and `forms-linux-x64-gnu`. */
export const systemPackages: string[] = existsSync(folder) ? readdirSync(folder) : [];

/** Those with the addon. */
export const platforms: string[] = systemPackages.filter((name) => !name.startsWith('forms-'));

/** Returns the folder that holds the files of a system's package. */
export const folderOf = (name: string): string => join(folder, name);

export const version: string = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;

/** Returns the tarball of the main package, or of another one by the end of its name. */
export const tarball = (name?: string): string =>
  join(PACKED, name ? `plughost-${name}-${version}.tgz` : `plughost-${version}.tgz`);

/** This system. */
export const own = `linux-${process.arch}-gnu`;

/** Why tests of the packages are skipped; empty when the packages for this system are there. */
export const noPackages: string = [undefined, 'source', own, `forms-${own}`].every((name) => existsSync(tarball(name)))
  ? ''
  : ` (skipped: run npm run package -- ${own})`;
