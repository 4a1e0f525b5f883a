import type { NativeChanges } from '../addon/changes.js';
import { addon } from '../addon.js';
import { ContractViolationError } from '../errors/index.js';
import { cleaned } from '../text/printable.js';

/**
 * Makes a call of a plugin on this thread: a crash in it can be told, and behind it the thread has its floating-point
 * mode again, and the process is what it was. What the plugin had changed is logged under its label.
 * @param compare false for a call that is part of a larger one, which compares
 * @throws ContractViolationError when something cannot be put back
 */
export function insidePlugin<T>(label: string, operation: string, call: () => T, compare = true): T {
  addon().enterPlugin(cleaned(label), operation);
  return settled(label, operation, call, () => addon().leavePlugin(compare));
}

/** Makes several calls of one plugin, behind which the process is what it was before. @throws as `insidePlugin` */
export function keepingProcess<T>(label: string, operation: string, calls: () => T): T {
  addon().keepProcess();
  return settled(label, operation, calls, () => addon().releaseProcess());
}

/** Of a process whose own code changes none of that meanwhile: the returned function compares and puts back. */
export function keepProcess(): () => NativeChanges | null {
  addon().keepProcess();
  return () => addon().releaseProcess();
}

function settled<T>(label: string, operation: string, call: () => T, leave: () => NativeChanges | null): T {
  let result: T;
  try {
    result = call();
  } catch (error) {
    report(label, operation, leave());
    throw error;
  }
  const changes = leave();
  report(label, operation, changes);
  if (!changes?.lost) return result;
  throw new ContractViolationError(label, operation, `${CHANGED}, and it cannot be put back: ${changes.lost}`);
}

export const CHANGED = 'it changed what all of the process shares';

function report(label: string, operation: string, changes: NativeChanges | null): void {
  if (changes?.putBack)
    addon().logMisbehaving(label, `${operation}: ${CHANGED}, which was put back: ${changes.putBack}`);
}
