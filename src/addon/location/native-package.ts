import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What package.json says of a package with native parts. scripts/package writes it. */
export interface NativePackage {
  readonly name: string;
  readonly version: string;
  /** The plugins that the package does not contain, with the reasons. */
  readonly leftOut: Readonly<Record<string, string>>;
  /** The plugins that the second package for the same system contains. */
  readonly further: readonly string[];
}

/** Returns what the package in a folder says of itself; undefined for a build, also when a project of others is there. */
export function nativePackage(folder: string): NativePackage | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return String(manifest.name).startsWith('@plughost/') ? { leftOut: {}, further: [], ...manifest } : undefined;
  } catch {
    return undefined;
  }
}
