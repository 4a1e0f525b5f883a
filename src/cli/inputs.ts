import { type Dirent, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { InputError, type PlughostError, reasonOf } from '../errors.js';
import { factsOf, isSameFile } from '../pipeline/file-facts.js';

/** The files that a command line means, and what of it could not be read. */
export interface Inputs {
  names: string[];
  failures: PlughostError[];
}

/**
 * Puts the files of directories and globs in their place. Of a directory: all below it, in the order of their names,
 * without what is no regular file. Links to files count, links to directories are not followed, so that there is an end.
 * A glob is what leads to nothing as it stands and has one of `*?[{` in it; for systems and quotes where no shell expands
 * it, with `**` for any depth. The file that is written, if it is there already, is none of those that are found.
 */
export async function expandInputs(names: readonly string[], written: Stats | undefined): Promise<Inputs> {
  const inputs: Inputs = { names: [], failures: [] };
  const isWritten = (path: string) => {
    const facts = written && factsOf(path);
    return facts ? isSameFile(facts, written) : false;
  };
  for (const name of names) {
    const facts = name === '-' ? undefined : factsOf(name);
    if (name !== '-' && !facts && /[*?[{]/.test(name)) {
      await expandGlob(name, inputs, isWritten);
      continue;
    }
    if (!facts?.isDirectory()) {
      inputs.names.push(name);
      continue;
    }
    const before = inputs.names.length + inputs.failures.length;
    walk(name, inputs, isWritten);
    if (inputs.names.length + inputs.failures.length === before) {
      inputs.failures.push(new InputError(name, 'read the directory', 'there is no file in it'));
    }
  }
  return inputs;
}

type Test = (path: string) => boolean;

async function expandGlob(pattern: string, inputs: Inputs, isWritten: Test): Promise<void> {
  const { glob } = await import('tinyglobby');
  const found = await glob(pattern, { followSymbolicLinks: false, expandDirectories: false });
  if (found.length === 0)
    inputs.failures.push(new InputError(pattern, 'find', 'there is no such file, and none matches'));
  inputs.names.push(...found.sort().filter((path) => !isWritten(path)));
}

function walk(folder: string, inputs: Inputs, isWritten: Test): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    inputs.failures.push(new InputError(folder, 'read the directory', reasonOf(cause), { cause }));
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, inputs, isWritten);
    else if ((entry.isFile() || (entry.isSymbolicLink() && factsOf(path)?.isFile())) && !isWritten(path))
      inputs.names.push(path);
  }
}
