import { isMainThread } from 'node:worker_threads';
import { addon, loadedAddon } from '../addon.js';
import { UsageError } from '../errors/index.js';

let skipped = false;

/**
 * Lets this process end without exit handlers: neither `atexit` handlers nor static destructors run, of plugins or of
 * anybody else. Without it they run, in this process, when it ends: such a handler of a plugin may crash or hang there,
 * or end the process with another status than yours. Everything of JavaScript comes before and is as ever: `exit`
 * listeners, uncaught exceptions, `process.exitCode`, profiles. Files of C are flushed. Not for a process
 * whose libraries must run such handlers, to write a profile of C code for instance. For the whole process, and for good.
 * @throws UsageError in a worker thread, whose end is not that of the process
 */
export function skipExitHandlers(): void {
  if (!isMainThread) {
    throw new UsageError('skip exit handlers: this is a worker thread, and only the main thread ends the process', {
      hint: 'call it in the main thread',
    });
  }
  if (skipped) return;
  skipped = true;
  // At the last moment: what a library registers later would come before it.
  process.on('exit', () => addon().skipExitHandlers());
}

/**
 * The same for the command, which ends at once where it may: Node's own end takes time, and waits for threads that
 * plugins may hold. For the first line of the command, so that no other listener is left out.
 */
export function endAtOnce(): void {
  process.on('exit', (status) => {
    // Without the addon there was no plugin. Profiles and the like are written when Node ends.
    const native = loadedAddon();
    if (process.execArgv.length > 0 || process.env.NODE_OPTIONS || process.env.NODE_V8_COVERAGE) {
      native?.skipExitHandlers();
    } else {
      native?.endProcess(status);
    }
  });
}
