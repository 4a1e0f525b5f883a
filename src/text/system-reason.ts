import { getSystemErrorMap } from 'node:util';

/** The system's words for an errno, such as `no such file or directory`. */
export function systemReason(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[1] ?? `error ${errno}`;
}
