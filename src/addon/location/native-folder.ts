import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ownFile, packageFolder } from '../../package-folder.js';
import { hasGlibc } from './libc.js';

/** The path of the addon in the folder of the native parts. */
export const ADDON = 'Release/plughost.node';

/** How the names of packages with adapters begin. */
const FORMS = '@plughost/forms-';

/** The folder that PLUGHOST_BUILD names. An empty value counts as none. */
export const namedFolder = (): string | undefined =>
  process.env.PLUGHOST_BUILD ? resolve(packageFolder, process.env.PLUGHOST_BUILD) : undefined;

/** The folder of a build in the package or the clone. */
export const ownBuild: string = join(packageFolder, 'build');

/** Returns the names of the packages that may hold the native parts for this system. npm installs the one that fits. */
export function platformPackages(): string[] {
  const system = `@plughost/${process.platform}-${process.arch}`;
  return process.platform === 'linux' ? [`${system}-gnu`, `${system}-musl`] : [system];
}

/** Returns the name of the package with the adapters for the same system as a package with an addon. */
export const formsPackage = (platform: string): string => platform.replace('@plughost/', FORMS);

/** Returns whether a package is one with adapters. */
export const isFormsPackage = (name: string): boolean => name.startsWith(FORMS);

/** Returns the folder of an installed package, wherever Node finds it from here; undefined when there is none. */
export function installedPackage(name: string): string | undefined {
  try {
    // Loading this module takes a while, and most starts find their native parts before.
    const { createRequire } = process.getBuiltinModule('node:module');
    return dirname(createRequire(ownFile).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/**
 * Returns the folder of the native parts: addon and runner in Release/, plugins in plugins/. Looks for them in this order:
 * the folder that PLUGHOST_BUILD names, a build of our own, the package for this system. The own build, when nothing was
 * found: loading the addon then tells what was tried.
 */
export function findNativeFolder(): string {
  const named = namedFolder();
  if (named) return named;
  if (existsSync(join(ownBuild, ADDON))) return ownBuild;
  const [first, ...more] = platformPackages().flatMap((name) => installedPackage(name) ?? []);
  // Some package managers install both when they are told to.
  return (more.length > 0 && !hasGlibc() ? more[0] : first) ?? ownBuild;
}
