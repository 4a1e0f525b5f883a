import { addon } from '../addon.js';
import { cleaned } from '../printable.js';

/**
 * From now on, when a plugin of this process crashes, standard error gets a line that names the plugin, the function,
 * and in a run the block; then the process dies of it as it would have. A plugin that calls `exit` ends the process with
 * status 70. For the whole process, and for good: it takes the handlers of SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT,
 * and hands on what is not a plugin's. The command does this.
 */
export function reportCrashes(): void {
  addon().reportCrashes();
}

/** Makes a call of a plugin on this thread so that a crash in it can be told. */
export function insidePlugin<T>(label: string, operation: string, call: () => T): T {
  addon().enterPlugin(cleaned(label), operation);
  try {
    return call();
  } finally {
    addon().leavePlugin();
  }
}
