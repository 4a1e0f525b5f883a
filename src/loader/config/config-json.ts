import { types } from 'node:util';
import { isPlain } from '../../arguments/checks.js';
import { ConfigError } from '../../errors/index.js';
import { hasOnlyBytes, nameOf } from '../../files/file-name.js';
import { describeValue, messageOf } from '../../text/describe.js';

/** The deepest nesting of lists and objects. Schema validators and plugins walk it by recursion. */
const MAX_LEVELS = 64;
/** The largest number of values, far more than a person writes. */
const MAX_VALUES = 1_000_000;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Returns a copy of a plugin's options that JSON represents exactly. `JSON.stringify` alone would omit functions and
 * symbols, write NaN as null and a Map as `{}`, and call `toJSON`; here all of these are refused. A key whose value is
 * undefined counts as not given, as in all options of this library.
 * @param label the plugin, for messages
 * @param takesBytes returns whether an option accepts bytes that are not UTF-8; the text then encodes them as
 * file-name.ts does
 * @throws ConfigError that names the option and what is wrong with it
 */
export function plainConfig(
  label: string,
  config: unknown,
  takesBytes: (option: string) => boolean = () => false,
): Record<string, Json> {
  const copy = new JsonCopy(label, takesBytes);
  try {
    return copy.options(config);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw copy.error(`it cannot be read: ${messageOf(cause)}`, undefined, cause);
  }
}

class JsonCopy {
  readonly #label: string;
  readonly #takesBytes: (option: string) => boolean;
  /** The keys that lead to the current value. */
  readonly #path: (string | number)[] = [];
  /** The lists and objects that contain the current value. */
  readonly #around = new Set<object>();
  #values = 0;

  constructor(label: string, takesBytes: (option: string) => boolean) {
    this.#label = label;
    this.#takesBytes = takesBytes;
  }

  options(config: unknown): Record<string, Json> {
    if (!types.isProxy(config) && isPlain(config)) return this.#object(config);
    throw this.error(`an object of options is needed, not ${describeValue(config)}`);
  }

  error(reason: string, hint?: string, cause?: unknown): ConfigError {
    const option = this.#path.length > 0 ? `the option ${describeValue(this.#path.join('.'))}: ` : '';
    const details = { ...(hint !== undefined && { hint }), ...(cause !== undefined && { cause }) };
    return new ConfigError(this.#label, `${option}${reason}`, details);
  }

  #value(value: unknown): Json {
    if (++this.#values > MAX_VALUES) throw this.error(`there are more than ${MAX_VALUES} values`);
    if (typeof value === 'string') return this.#text(value, 'it');
    if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return value as Json;
    if (types.isProxy(value)) throw this.#wrong(value);
    if (types.isUint8Array(value) && this.#isBytes) return nameOf(value);
    if (Array.isArray(value)) return this.#inside(value, () => this.#list(value));
    if (isPlain(value)) return this.#inside(value, () => this.#object(value));
    throw this.#wrong(value);
  }

  #list(list: readonly unknown[]): Json[] {
    const copy: Json[] = [];
    for (let i = 0; i < list.length; i++) copy.push(this.#at(i, () => this.#value(list[i])));
    return copy;
  }

  #object(object: Record<string, unknown>): Record<string, Json> {
    const [symbol] = Object.getOwnPropertySymbols(object);
    if (symbol) throw this.error(`it has the key ${describeValue(symbol)}, which no JSON has`);
    const entries: [string, Json][] = [];
    for (const key of Object.keys(object)) {
      this.#at(key, () => {
        const value = object[key];
        if (value !== undefined) entries.push([this.#text(key, 'the key'), this.#value(value)]);
      });
    }
    // fromEntries treats __proto__ like any other key.
    return Object.fromEntries(entries);
  }

  /** Runs `step` for the value under a key. If the step throws, #path still names the value for the error. */
  #at<T>(key: string | number, step: () => T): T {
    this.#path.push(key);
    const result = step();
    this.#path.pop();
    return result;
  }

  #inside<T>(value: object, step: () => T): T {
    if (this.#around.has(value)) throw this.error('it is inside itself');
    if (this.#around.size === MAX_LEVELS) throw this.error(`there are more than ${MAX_LEVELS} levels of it`);
    this.#around.add(value);
    const result = step();
    this.#around.delete(value);
    return result;
  }

  /** Refuses lone surrogates, which UTF-8 cannot represent; plugins get UTF-8. */
  #text(text: string, what: string): string {
    if (text.isWellFormed()) return text;
    if (!hasOnlyBytes(text)) throw this.error(`${what} has half of a surrogate pair in it: ${describeValue(text)}`);
    if (this.#isBytes) return text;
    throw this.error(
      `${what} has bytes in it that are not UTF-8, which this plugin does not take: ${describeValue(text)}`,
      'write them as the plugin does, as the filter regex knows (?-u:\\xff) and patterns \\xff',
    );
  }

  get #isBytes(): boolean {
    return this.#takesBytes(String(this.#path[0]));
  }

  #wrong(value: unknown): ConfigError {
    const date = types.isDate(value) ? 'write: date.toISOString()' : undefined;
    const hint = types.isMap(value) ? 'write: Object.fromEntries(map)' : types.isSet(value) ? 'write: [...set]' : date;
    return this.error(`a value of JSON is needed, not ${describeValue(value)}`, hint);
  }
}
