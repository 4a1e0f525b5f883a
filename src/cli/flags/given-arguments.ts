import { readFileSync } from 'node:fs';
import { nameOf } from '../../files/file-name.js';

/**
 * Returns the arguments of the command, in the form of `nameOf`. Node replaces bytes that are not UTF-8 by U+FFFD, so
 * this reads the bytes from the system. If the system does not give them, returns Node's arguments.
 */
export function givenArguments(): string[] {
  const given = process.argv.slice(2);
  if (!given.some((argument) => argument.includes('\ufffd'))) return given;
  const bytes = commandLine().slice(-given.length);
  const same = bytes.length === given.length && bytes.every((argument, i) => argument.toString() === given[i]);
  return same ? bytes.map(nameOf) : given;
}

/** Returns all arguments of this process as bytes, or none if the system does not give them. */
function commandLine(): Buffer[] {
  try {
    const text = readFileSync('/proc/self/cmdline', 'latin1');
    return text
      .split('\0')
      .slice(0, -1)
      .map((argument) => Buffer.from(argument, 'latin1'));
  } catch {
    return [];
  }
}
