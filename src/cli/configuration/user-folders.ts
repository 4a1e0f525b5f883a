import { isAbsolute, join } from 'node:path';

/** Returns the folder of the user's own configuration, or undefined for a user without a home. */
export const configFolder = (): string | undefined => folderOf('XDG_CONFIG_HOME', '.config');

/** Returns the folder in which plughost keeps records for the user, or undefined. */
export const stateFolder = (): string | undefined => folderOf('XDG_STATE_HOME', '.local/state');

/** Applies the XDG Base Directory Specification, which says to ignore a relative path. */
function folderOf(variable: string, otherwise: string): string | undefined {
  const base = process.env[variable];
  if (base && isAbsolute(base)) return join(base, 'plughost');
  const home = homeOf();
  return home && join(home, otherwise, 'plughost');
}

function homeOf(): string | undefined {
  try {
    // homedir() looks at HOME first, too.
    const home = process.env.HOME ?? process.getBuiltinModule('node:os').homedir();
    return isAbsolute(home) ? home : undefined;
  } catch {
    // There is neither HOME nor an entry in the user database.
    return undefined;
  }
}
