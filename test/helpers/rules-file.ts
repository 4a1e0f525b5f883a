import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

let made = 0;

/** Writes a file of rules into a folder of its own in `scratch`, and returns its path. */
export function rulesFile(scratch: string, parts: object): string {
  const folder = join(scratch, `rules-${made++}`);
  mkdirSync(folder);
  const path = join(folder, 'x.rules.json');
  writeFileSync(path, JSON.stringify({ rules: 1, id: `org.example.x${made}`, name: 'x', version: '1.0.0', ...parts }));
  return path;
}
