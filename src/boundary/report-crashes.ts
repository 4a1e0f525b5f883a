import { addon } from '../addon.js';

/**
 * Installs crash reports. When a plugin of this process crashes, the handler writes one line to standard error, which
 * names the plugin, the function, and in a run the block. The process then dies of the signal as before. A plugin that
 * calls `exit` ends the process with status 70. The call holds for the whole process and cannot be undone: it replaces
 * the handlers of SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT, and passes on signals outside of plugins. The command
 * calls this.
 */
export function reportCrashes(): void {
  addon().reportCrashes();
}
