import type { NativeChanges } from '../addon/changes.js';
import { addon } from '../addon.js';
import { ContractViolationError } from '../errors/index.js';
import { cleaned } from '../text/printable.js';

/**
 * Calls a plugin on this thread. A crash report names the plugin during the call. Afterwards the host restores the
 * floating-point mode of the thread and the state of the process, and logs what the plugin had changed.
 * @param compare false for a call inside a larger one, which compares the state of the process itself
 * @throws ContractViolationError when something cannot be restored
 */
export function insidePlugin<T>(label: string, operation: string, call: () => T, compare = true): T {
  addon().enterPlugin(cleaned(label), operation);
  return restoring(label, operation, call, () => addon().leavePlugin(compare));
}

/** Makes several calls of one plugin, then restores the state of the process. @throws ContractViolationError */
export function keepingProcess<T>(label: string, operation: string, calls: () => T): T {
  addon().keepProcess();
  return restoring(label, operation, calls, () => addon().releaseProcess());
}

/**
 * Saves the state of the process. The returned function restores what has changed and returns it. The host's own code must
 * change none of it in between.
 */
export function keepProcess(): () => NativeChanges | null {
  addon().keepProcess();
  return () => addon().releaseProcess();
}

function restoring<T>(label: string, operation: string, call: () => T, restore: () => NativeChanges | null): T {
  let result: T;
  try {
    result = call();
  } catch (error) {
    report(label, operation, restore());
    throw error;
  }
  const changes = restore();
  report(label, operation, changes);
  if (!changes?.lost) return result;
  throw new ContractViolationError(label, operation, `${CHANGED}, and it cannot be put back: ${changes.lost}`);
}

export const CHANGED = 'it changed what all of the process shares';

function report(label: string, operation: string, changes: NativeChanges | null): void {
  if (changes?.putBack)
    addon().logMisbehaving(label, `${operation}: ${CHANGED}, which was put back: ${changes.putBack}`);
}
