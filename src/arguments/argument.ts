import { PlughostError, UsageError } from '../errors/index.js';
import { describeValue, messageOf } from '../text/describe.js';
import { nearest } from '../text/nearest.js';

/** An argument of a public call, or a part of one. Messages name it so: `pipeline.stages[0].shape`. */
export class Argument {
  readonly #call: string;
  readonly #key: string | number;
  readonly #whole: Argument | undefined;

  /** @param whole what the argument is a part of; without it, `key` is the name of the argument */
  constructor(call: string, key: string | number, whole?: Argument) {
    this.#call = call;
    this.#key = key;
    this.#whole = whole;
  }

  /** Returns the part of this argument under a key or a list index. */
  at(key: string | number): Argument {
    return new Argument(this.#call, key, this);
  }

  /** Made for an error only: a list may have a million items. */
  get #name(): string {
    const key = this.#key;
    if (!this.#whole) return String(key);
    const isName = typeof key === 'string' && /^[A-Za-z_]\w*$/.test(key);
    return isName ? `${this.#whole.#name}.${key}` : `${this.#whole.#name}[${describeValue(key)}]`;
  }

  /** Returns the error for a value that is not of the wanted kind. */
  wrong(wanted: string, value: unknown, hint?: string): UsageError {
    return this.error(`${wanted} is needed, not ${describeValue(value)}`, hint);
  }

  /** Returns the error for an unknown option, with similar known names. */
  unknown(key: string, known: readonly string[]): UsageError {
    const near = nearest(key, known);
    const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there are: ${known.join(', ')}`;
    return this.at(key).error('there is no such option', hint);
  }

  error(reason: string, hint?: string, cause?: unknown): UsageError {
    return new UsageError(`${this.#call}: ${this.#name}: ${reason}`, {
      argument: this.#name,
      ...(hint !== undefined && { hint }),
      ...(cause !== undefined && { cause }),
    });
  }
}

/** Returns a checked copy of a caller's value, which the caller cannot change; throws UsageError. */
export type Check<T> = (value: unknown, argument: Argument) => T;

/**
 * Checks one argument of a public call. Reads each property once, so the checked value is the value that is used. If a
 * getter or proxy of the caller throws, that becomes the cause of the error.
 * @throws UsageError that names the argument, what was wanted and what was given
 */
export function checked<T>(call: string, name: string, value: unknown, check: Check<T>): T {
  const argument = new Argument(call, name);
  try {
    return check(value, argument);
  } catch (cause) {
    if (cause instanceof PlughostError) throw cause;
    throw argument.error(`it cannot be read: ${messageOf(cause)}`, undefined, cause);
  }
}
