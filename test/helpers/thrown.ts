import { PlughostError } from '../../src/errors/index.js';

/** Returns code, message and hint of the error that a call throws. Fails when it throws nothing or another error. */
export function thrown(call: () => unknown): { code: string; message: string; hint: string | undefined } {
  return facts(errorOf(call));
}

/** Like `thrown`, for a promise. */
export async function rejected(promise: Promise<unknown>): Promise<ReturnType<typeof thrown>> {
  return facts(
    await promise.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
}

/** Returns the error that a call throws. */
export function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

function facts(error: unknown): ReturnType<typeof thrown> {
  if (!(error instanceof PlughostError))
    throw new Error(`a PlughostError was expected, not ${error}`, { cause: error });
  return { code: error.code, message: error.message, hint: error.hint };
}
