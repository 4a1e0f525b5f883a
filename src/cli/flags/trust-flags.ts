import type { ExamineOptions } from '../../loader/library/examine.js';
import type { Flag } from './flags.js';

/** Options that say which libraries may be opened. */
export const TRUST_FLAGS: Flag[] = [
  { name: 'require-lock', value: 'FILE', once: true, help: 'open only what this lock has; host lock writes one' },
  { name: 'allow-writable', help: 'open libraries that others may write' },
];

export type Trust = Pick<ExamineOptions, 'lock' | 'allowWritable'>;

/** Takes one of these options; false when the flag is another one. */
export function takeTrust(trust: Trust, flag: string, value = ''): boolean {
  if (flag === 'require-lock') trust.lock = value;
  else if (flag === 'allow-writable') trust.allowWritable = true;
  else return false;
  return true;
}
