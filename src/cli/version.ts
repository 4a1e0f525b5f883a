import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version of plughost: that of the package in whose dist/ the command is. */
export function version(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')).version;
}
