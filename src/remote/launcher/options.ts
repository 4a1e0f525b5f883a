import { abortSignal } from '../../arguments/abort-signal.js';
import type { Check } from '../../arguments/argument.js';
import {
  boolean,
  callback,
  isObject,
  listOf,
  milliseconds,
  objectOf,
  optional,
  text,
  wholeNumber,
} from '../../arguments/checks.js';
import type { ProgramLogLine } from './program-log.js';

/** How to start a program of go-plugin. */
export interface GoPluginOptions {
  /** Its path, or a name that is looked for in `PATH`. */
  program: string;
  /** Its arguments. */
  args?: readonly string[] | undefined;
  /** The variable by which the program knows that its host started it: go-plugin's magic cookie. */
  cookie: { key: string; value: string };
  /** The versions of the application's protocol that you speak. */
  versions: readonly number[];
  /** Its name in messages; by default the name of its file. */
  label?: string | undefined;
  /** Variables of its environment beside `PATH`, `HOME`, `LANG`, `TMPDIR` and those of go-plugin. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Whether both sides prove who they are by a certificate for this connection alone (AutoMTLS); false by default. */
  tls?: boolean | undefined;
  /**
   * Whether the program may listen on a port of this machine without TLS. Any user of the machine can reach it there;
   * false by default.
   */
  plainTcp?: boolean | undefined;
  /** Descriptors that the program gets as 3, 4 and so on. They stay yours. */
  descriptors?: readonly number[] | undefined;
  /** Milliseconds until the program must have said how to reach it, and must serve; 60,000 by default. */
  startTimeout?: number | undefined;
  /** Ends the start. */
  signal?: AbortSignal | undefined;
  /** Gets what the program prints and logs. */
  onLog?: ((line: ProgramLogLine) => void) | undefined;
}

const MAX_VERSION = 999_999_999;
const MAX_DESCRIPTOR = 2 ** 31 - 1;

/** Checks text that becomes a word of a program or of its environment, where a NUL would end it. */
const word: Check<string> = (value, argument) => {
  const checked = text(value, argument);
  if (checked.includes('\0')) throw argument.error('it has a NUL in it');
  return checked;
};

const filled: Check<string> = (value, argument) => {
  const checked = word(value, argument);
  if (checked === '') throw argument.wrong('text that is not empty', checked);
  return checked;
};

const variable: Check<string> = (value, argument) => {
  const checked = filled(value, argument);
  if (checked.includes('=')) throw argument.error('the name of a variable has no = in it');
  return checked;
};

const environment: Check<Record<string, string>> = (value, argument) => {
  if (!isObject(value)) throw argument.wrong('an object of variables', value);
  const entries = Object.keys(value).map((name) => [
    variable(name, argument.at(name)),
    word(value[name], argument.at(name)),
  ]);
  return Object.fromEntries(entries);
};

const some =
  <T>(check: Check<T[]>): Check<T[]> =>
  (value, argument) => {
    const list = check(value, argument);
    if (list.length === 0) throw argument.error('the list is empty');
    return list;
  };

export const goPluginOptions = objectOf<GoPluginOptions>('an object of options', {
  program: filled,
  args: optional(listOf('arguments', word)),
  cookie: objectOf<GoPluginOptions['cookie']>('an object { key, value }', { key: variable, value: filled }),
  versions: some(listOf('versions', wholeNumber(0, MAX_VERSION))),
  label: optional(filled),
  env: optional(environment),
  tls: optional(boolean),
  plainTcp: optional(boolean),
  descriptors: optional(listOf('descriptors', wholeNumber(0, MAX_DESCRIPTOR))),
  startTimeout: optional(milliseconds(1)),
  signal: optional(abortSignal),
  onLog: optional(callback) as Check<GoPluginOptions['onLog']>,
});
