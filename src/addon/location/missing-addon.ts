import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AddonMissingError, reasonOf } from '../../errors/index.js';
import { packageFolder } from '../../package-folder.js';
import { glibcVersion } from './libc.js';
import { ADDON, installedPackage, isFormsPackage, namedFolder, ownBuild, platformPackages } from './native-folder.js';
import { CutOffError } from './whole-file.js';

/** The oldest glibc that the packages run with. */
const LEAST_GLIBC = [2, 28] as const;

/** The parts of our package.json that say what we are. */
interface Manifest {
  name?: string;
  optionalDependencies?: Record<string, string>;
}

/** Returns the error for an addon that is missing, or that the system refused to open. */
export function missingAddon(folder: string, cause: unknown): AddonMissingError {
  const path = join(folder, ADDON);
  if (existsSync(path))
    return new AddonMissingError(`${path}: ${reasonOf(cause)}`, { cause, hint: adviceOnRefused(folder, cause) });
  const tried = placesTried().map((place, i) => `${i + 1}. ${place}`);
  return new AddonMissingError(`there is none; tried ${tried.join('; ')}`, { cause, hint: advice() });
}

/** Returns the places in their order, with why each was left. */
function placesTried(): string[] {
  const named = namedFolder();
  if (named) return [`PLUGHOST_BUILD: there is no ${join(named, ADDON)}`];
  return [
    'PLUGHOST_BUILD: it is not set',
    `there is no ${join(ownBuild, ADDON)}`,
    ...platformPackages().map((name) => {
      const folder = installedPackage(name);
      return folder ? `${name}: there is no ${join(folder, ADDON)}` : `${name}: it is not installed`;
    }),
  ];
}

/** Returns what to do when there is no addon, by the first reason that applies. */
function advice(): string {
  const system = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return 'plughost runs on Linux only';
  if (namedFolder()) return 'set PLUGHOST_BUILD to the absolute path of a build, or unset it';
  if (existsSync(join(packageFolder, 'scripts/build.mjs'))) return 'build it with: npm run build';
  const manifest = ownManifest();
  if (manifest.name !== 'plughost')
    return 'this bundle contains the code of plughost, and its packages are not installed where the bundle is: keep plughost out of the bundle (esbuild: --external:plughost), and install it there';
  const incomplete = platformPackages().find(installedPackage);
  if (incomplete) return adviceOnDamaged(incomplete);
  const packages = Object.keys(manifest.optionalDependencies ?? {}).filter((name) => !isFormsPackage(name));
  const [fitting] = platformPackages().filter((name) => packages.includes(name));
  if (!fitting) return `there is no package for ${system}: build plughost from source, as docs/install.md describes`;
  const [other] = packages.filter(installedPackage);
  if (other)
    return `${other} is installed, and this is ${system}: node_modules comes from another system; delete it and install here, or install with: npm install --ignore-scripts --os=${process.platform} --cpu=${process.arch}`;
  return `${fitting} was left out, as --omit=optional, --no-optional and a lock file of another system do: install again with: npm install --include=optional`;
}

/** Returns what to do when the addon is there and cannot be opened. */
function adviceOnRefused(folder: string, cause: unknown): string {
  const own = platformPackages().find((name) => installedPackage(name) === folder);
  const isCutOff = cause instanceof CutOffError;
  if (!own) {
    const build = folder === namedFolder() ? 'build it for this system' : 'build it with: npm run build';
    // A build takes a file that is newer than its sources for finished.
    return isCutOff ? `delete it, and ${build}` : build;
  }
  if (isCutOff) return adviceOnDamaged(own);
  const version = glibcVersion();
  if (own.endsWith('-gnu') && version === undefined)
    return `${own} is for glibc, and this system has another C library: install again with: npm install --libc=musl`;
  if (own.endsWith('-musl') && version !== undefined)
    return `${own} is for musl, and this system has glibc: install again with: npm install --libc=glibc`;
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (major === LEAST_GLIBC[0] && minor < LEAST_GLIBC[1])
    return `${own} needs glibc ${LEAST_GLIBC.join('.')} or later, and this system has ${version}`;
  return adviceOnDamaged(own);
}

/** Returns what to do about an installed package that lacks a part. */
export const adviceOnDamaged = (name: string): string => `${name} is damaged: delete node_modules and install again`;

function ownManifest(): Manifest {
  try {
    return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  } catch {
    return {};
  }
}
