import { PlughostError } from '../../errors/index.js';

/** Adds the configuration that caused an error to its message. Returns the error. */
export function addSource<E>(file: string | undefined, error: E): E {
  if (file !== undefined && error instanceof PlughostError) error.message = `${error.message} (set in ${file})`;
  return error;
}

/** Runs a step for a word of a configuration. The message of an error then names the file, if there is one. */
export function withSource<T>(file: string | undefined, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw addSource(file, error);
  }
}

/** Does the same for an asynchronous step. */
export async function withSourceAsync<T>(file: string | undefined, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw addSource(file, error);
  }
}
