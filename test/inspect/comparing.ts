import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns the paths of all files in a folder and in the folders in it, without following links. `readdirSync` with
 * `recursive` follows links to folders from Node 22 on, and a link to a folder above it, as LLVM's packages have, makes
 * it find the same files again and again until no memory is left.
 */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/**
 * Returns what only one of two lists has, in any order: `- ` before what only the first has, `+ ` before what only the
 * second has. `toEqual` of two lists of some ten thousand names that differ takes minutes and gigabytes for its message.
 */
export function differences(first: readonly string[], second: readonly string[]): string[] {
  const surplus = new Map<string, number>();
  for (const name of first) surplus.set(name, (surplus.get(name) ?? 0) + 1);
  for (const name of second) surplus.set(name, (surplus.get(name) ?? 0) - 1);
  return [...surplus]
    .filter(([, count]) => count !== 0)
    .slice(0, 20)
    .map(([name, count]) => `${count > 0 ? '-' : '+'} ${name}`);
}
