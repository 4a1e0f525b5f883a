import { PlughostError } from '../../errors/index.js';

/** Returns an error about what a configuration says, so that its message names that file. */
export function addSource<E>(file: string | undefined, error: E): E {
  if (file !== undefined && error instanceof PlughostError) error.message = `${error.message} (set in ${file})`;
  return error;
}

/** Does a step for something that a configuration says, or the command line, which has no file. */
export function withSource<T>(file: string | undefined, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw addSource(file, error);
  }
}

/** The same for a step that waits. */
export async function withSourceAsync<T>(file: string | undefined, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw addSource(file, error);
  }
}
