import { addon } from '../addon.js';

/**
 * From now on, when a plugin of this process crashes, standard error gets a line that names the plugin, the function,
 * and in a run the block; then the process dies of it as it would have. A plugin that calls `exit` ends the process with
 * status 70. For the whole process, and for good: it takes the handlers of SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT,
 * and hands on what is not a plugin's. The command does this.
 */
export function reportCrashes(): void {
  addon().reportCrashes();
}
