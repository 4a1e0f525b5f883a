import { realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { InputError } from '../errors/index.js';
import { systemPath } from '../files/file-name.js';
import { packageFolder } from '../package-folder.js';

/** Characters that mean something in a file of CMake, cargo or go, or in JSON, even between quotes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a path may hold them
const UNSAFE = /["'\\$;`*\0-\x1f\x7f\ufffd]/;

/** Where the package is, as the files of a new plugin name it. */
export interface PackagePath {
  /** Relative if the package and the plugin move together, absolute otherwise. */
  path: string;
  /** Whether the package is in a `node_modules` above the plugin, so that npx finds the command there. */
  isInstalled: boolean;
}

/**
 * Returns the path of the package for files in a folder. It is relative if the package is in a `node_modules` of that
 * folder or above it, by the name that the package manager keeps when it installs another version; and in a clone.
 * Everywhere else, as with a global installation, it is absolute.
 * @param folder a real path, which need not exist
 * @throws InputError when the path cannot stand in the files
 */
export function packagePathFrom(folder: string): PackagePath {
  const own = realpathSync(packageFolder);
  const installed = above(folder)
    .map((place) => join(place, 'node_modules/plughost'))
    .find((place) => realPathIfThere(place) === own);
  const isInClone = `${folder}${sep}`.startsWith(`${own}${sep}`);
  const path = installed || isInClone ? fromFolder(folder, installed ?? own) : own;
  if (UNSAFE.test(path) || !path.isWellFormed()) {
    throw new InputError(path, 'refer to the package in', 'its path has a character that build files cannot hold', {
      hint: 'install plughost in the folder of the plugin, or move it to another path',
    });
  }
  return { path, isInstalled: installed !== undefined };
}

/** Returns the folder and all above it. */
function above(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}

function realPathIfThere(path: string): string | undefined {
  try {
    return realpathSync(systemPath(path)).toString();
  } catch {
    return undefined;
  }
}

/** Returns a relative path that begins with a dot, as tools tell paths from names by it. */
function fromFolder(folder: string, target: string): string {
  const path = relative(folder, target) || '.';
  return path.startsWith('.') ? path : `./${path}`;
}
