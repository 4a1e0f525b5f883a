import { addon } from '../../addon.js';

/** What data is read from and written to, by default: a descriptor, and its name, for messages and where names are printed. */
export const STANDARD_INPUT = { fd: 0, name: '(standard input)' };
export const STANDARD_OUTPUT = { fd: 1, name: 'standard output' };

let taken = false;

/**
 * Takes both away from what plugins of this process read and print: what they print goes to standard error, beside
 * their other words, and not into the output. To be called before the first of them is opened; a second call does
 * nothing.
 */
export function keepStreamsFromPlugins(): void {
  if (taken) return;
  taken = true;
  const { input, output } = addon().takeStandardStreams();
  STANDARD_INPUT.fd = input;
  STANDARD_OUTPUT.fd = output;
}
