import { PlughostError } from '../../src/errors/index.js';

/** What a call throws, as a user meets it: code, message and hint. Fails when it throws nothing or something else. */
export function thrown(call: () => unknown): { code: string; message: string; hint: string | undefined } {
  return facts(errorOf(call));
}

/** As `thrown`, for a promise. */
export async function rejected(promise: Promise<unknown>): Promise<ReturnType<typeof thrown>> {
  return facts(
    await promise.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
}

/** The error itself. */
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
