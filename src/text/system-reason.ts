import { getSystemErrorMap, getSystemErrorName } from 'node:util';

/** Returns the system's message for an errno, such as `no such file or directory`. */
export function systemReason(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`;
}

/** Returns the system's name for an errno, such as `ENOENT`. */
export function systemName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `error ${errno}`;
  }
}
