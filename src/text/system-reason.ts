import { getSystemErrorMap } from 'node:util';

/** Returns the system's message for an errno, such as `no such file or directory`. */
export function systemReason(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`;
}
