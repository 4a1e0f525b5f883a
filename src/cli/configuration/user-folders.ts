import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Returns the folder of what the user has written for plughost, or undefined for a user without a home. */
export const configFolder = (): string | undefined => folderOf('XDG_CONFIG_HOME', '.config');

/** Returns the folder of what plughost remembers for the user. */
export const stateFolder = (): string | undefined => folderOf('XDG_STATE_HOME', '.local/state');

/** By the rules of the XDG base directories, in which a relative path counts as none. */
function folderOf(variable: string, otherwise: string): string | undefined {
  const base = process.env[variable];
  if (base && isAbsolute(base)) return join(base, 'plughost');
  const home = homeOf();
  return home && join(home, otherwise, 'plughost');
}

function homeOf(): string | undefined {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : undefined;
  } catch {
    // Neither HOME nor an entry among the users.
    return undefined;
  }
}
