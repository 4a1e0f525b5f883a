import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Returns the arguments of npm that install the packages of package-lock.json, or undefined if they are installed. */
export function installArguments() {
  const installed = `${root}/node_modules/.package-lock.json`;
  const isNew = existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}/package-lock.json`).mtimeMs;
  return isNew ? undefined : ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
}
