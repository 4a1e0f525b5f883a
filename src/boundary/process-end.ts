import { addon, loadedAddon } from '../addon.js';
import { UsageError } from '../errors/index.js';

let skipped = false;

/**
 * Makes this process end without exit handlers: neither `atexit` handlers nor static destructors run, of plugins or of
 * other code. Without this call they run when the process ends. A handler of a plugin may then crash, hang, or change the
 * exit status. What JavaScript does at the end still happens: `exit` listeners, uncaught exceptions, `process.exitCode`,
 * profiles. Buffered C files are written. Do not use it in a process whose libraries need their exit handlers, for
 * instance to write a profile of C code. It holds for the whole process and cannot be undone.
 * @throws UsageError in a worker thread, whose end is not that of the process
 */
export function skipExitHandlers(): void {
  if (!process.getBuiltinModule('node:worker_threads').isMainThread) {
    throw new UsageError('skip exit handlers: this is a worker thread, and only the main thread ends the process', {
      hint: 'call it in the main thread',
    });
  }
  if (skipped) return;
  skipped = true;
  // In the last moment, because handlers that libraries register later run earlier.
  process.on('exit', () => addon().skipExitHandlers());
}

/**
 * Does the same for the command, which also skips Node's own cleanup if it can: that takes time, and waits for threads
 * that plugins may block. The command calls it first, so that the listeners of all other modules run before.
 */
export function endAtOnce(): void {
  process.on('exit', (status) => {
    // Without the addon no plugin was loaded. With Node options the cleanup must run, since it may write profiles.
    const native = loadedAddon();
    if (process.execArgv.length > 0 || process.env.NODE_OPTIONS || process.env.NODE_V8_COVERAGE) {
      native?.skipExitHandlers();
    } else {
      native?.endProcess(status);
    }
  });
}
