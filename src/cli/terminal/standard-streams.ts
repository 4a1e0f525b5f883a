import { addon } from '../../addon.js';

/** The default input and output: a descriptor, and a name for messages and labels. */
export const STANDARD_INPUT = { fd: 0, name: '(standard input)' };
export const STANDARD_OUTPUT = { fd: 1, name: 'standard output' };

/** Their names in the file system. As soon as the streams are moved, these are the names of other files. */
const INPUT_PATHS: readonly string[] = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];
const OUTPUT_PATHS: readonly string[] = ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

/** Returns whether a name of an input is one of standard input: `-` or a path. */
export const isStandardInput = (name: string): boolean => INPUT_PATHS.includes(name);

/** Returns whether a name of an output is one of standard output: `-` or a path. */
export const isStandardOutput = (name: string): boolean => OUTPUT_PATHS.includes(name);

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
