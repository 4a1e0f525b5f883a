import { readFileSync } from 'node:fs';
import { nameOf } from '../../files/file-name.js';

/**
 * Returns the arguments of the command as names are: Node has put U+FFFD in the place of what is not UTF-8. Where the
 * system does not tell the bytes, they are what Node made of them.
 */
export function givenArguments(): string[] {
  const given = process.argv.slice(2);
  if (!given.some((argument) => argument.includes('\ufffd'))) return given;
  const bytes = commandLine().slice(-given.length);
  const same = bytes.length === given.length && bytes.every((argument, i) => argument.toString() === given[i]);
  return same ? bytes.map(nameOf) : given;
}

/** All arguments of this process, as bytes; none where the system does not tell them. */
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
