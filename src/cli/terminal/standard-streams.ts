import { addon } from '../../addon.js';

/** The default input and output: a descriptor, and a name for messages and labels. */
export const STANDARD_INPUT = { fd: 0, name: '(standard input)' };
export const STANDARD_OUTPUT = { fd: 1, name: 'standard output' };

let taken = false;

/**
 * Moves both streams to other descriptors, so that plugins in this process cannot read the input or write into the
 * output. What a plugin prints goes to standard error. Call it before the first plugin is opened. A second call does
 * nothing.
 */
export function keepStreamsFromPlugins(): void {
  if (taken) return;
  taken = true;
  const { input, output } = addon().takeStandardStreams();
  STANDARD_INPUT.fd = input;
  STANDARD_OUTPUT.fd = output;
}
