import { UsageError } from '../../errors/index.js';
import { addSource, withSource } from './error-source.js';
import { type Flag, type Refuse, spellingOf } from './flag.js';
import type { Argument, FlagArgument } from './parse-flags.js';

/** The last word about a flag: the index of its source, and whether it is `--no-NAME`. */
interface Word {
  source: number;
  negated: boolean;
}

/**
 * Applies the flags of several sources to a request: configurations first, from the weakest, and the command line last.
 * A later word wins, and a stronger source drops what contradicts it in a weaker one.
 */
export class FlagReader<R> {
  readonly #command: string;
  readonly #table: readonly Flag<R>[];
  readonly #request: R;
  /** The file of each source. The command line has none. */
  readonly #sources: (string | undefined)[] = [];
  readonly #words = new Map<string, Word>();

  /** Negates all flags first, so that the request has its initial values. */
  constructor(command: string, table: readonly Flag<R>[], request: R) {
    this.#command = command;
    this.#table = table;
    this.#request = request;
    for (const flag of table) flag.negate?.(request);
  }

  /**
   * Reads one source.
   * @param file the configuration, or undefined for the command line, which comes last
   * @param other receives each argument that is not a flag
   * @throws UsageError that names the file
   */
  read<A extends { kind: string }>(
    given: readonly (A | FlagArgument)[],
    file: string | undefined,
    other: (argument: Exclude<A, FlagArgument>) => void,
  ): void {
    this.#sources.push(file);
    for (const argument of given) {
      withSource(file, () => {
        if (argument.kind === 'flag') this.#take(argument as FlagArgument);
        else other(argument as Exclude<A, FlagArgument>);
      });
    }
  }

  /** Returns whether the last word about the flag sets it. */
  isSet(name: string): boolean {
    return this.#words.get(name)?.negated === false;
  }

  /** Returns whether the command line, or whatever was read last, has a word about the flag. */
  isInLast(name: string): boolean {
    return this.#words.get(name)?.source === this.#sources.length - 1;
  }

  /** Returns the configuration that has the last word about the flag. */
  fileOf(name: string): string | undefined {
    return this.#sources[this.#words.get(name)?.source ?? -1];
  }

  /** Returns the flags that a configuration has set, with that file. */
  files(): Map<string, string> {
    const names = [...this.#words.keys()].filter((name) => this.isSet(name));
    return new Map(names.flatMap((name) => (this.fileOf(name) === undefined ? [] : [[name, this.fileOf(name) ?? '']])));
  }

  /** Refuses flags that do not fit together. @throws UsageError */
  check(): void {
    const set = this.#table.filter(({ name }) => this.isSet(name));
    const [form, other] = set.filter((flag) => flag.form);
    if (form && other) this.#refuse(form, `and --${other.name} exclude each other`);
    for (const flag of set) {
      if (flag.dormant && this.fileOf(flag.name) !== undefined) continue;
      flag.check?.(this.#request, (reason, hint) => this.#refuse(flag, reason, hint));
    }
  }

  #refuse({ name }: Flag<R>, reason: string, hint?: string): never {
    throw addSource(this.fileOf(name), usageError(`${this.#command}: --${name} ${reason}`, hint));
  }

  #take({ name, value = '', negated = false }: FlagArgument): void {
    const flag = this.#table.find((one) => one.name === name);
    if (!flag) return;
    if (negated) {
      this.#negate(flag);
      return;
    }
    for (const other of this.#table) {
      if (flag.replaces?.includes(other.name) || (drops(flag, other) && this.#isWeaker(other))) this.#negate(other);
    }
    const spelled = flag.value ? `${spellingOf(flag)} ${value}:` : spellingOf(flag);
    const refuse: Refuse = (reason, hint) => {
      throw usageError(`${this.#command}: ${spelled} ${reason}`, hint);
    };
    if (flag.value === 'PLUGIN' && value === '') refuse('the name of a plugin is needed, or its path');
    flag.apply(this.#request, value, refuse);
    this.#words.set(name, { source: this.#sources.length - 1, negated: false });
  }

  #negate(flag: Flag<R>): void {
    flag.negate?.(this.#request);
    this.#words.set(flag.name, { source: this.#sources.length - 1, negated: true });
  }

  /** Whether the last word about a flag is from a weaker source than the one that is being read. */
  #isWeaker({ name }: Flag<R>): boolean {
    return (this.#words.get(name)?.source ?? Number.POSITIVE_INFINITY) < this.#sources.length - 1;
  }
}

function drops<R>(flag: Flag<R>, other: Flag<R>): boolean {
  return (
    (flag.form && other.form && flag !== other) ||
    flag.excludes?.includes(other.name) ||
    other.excludes?.includes(flag.name) ||
    flag.drops?.includes(other.name) ||
    false
  );
}

const usageError = (message: string, hint: string | undefined) =>
  new UsageError(message, hint === undefined ? {} : { hint });

/**
 * Applies a command line to a request that no configuration changes.
 * @param operand receives each operand, in order
 * @throws UsageError
 */
export function readFlags<R>(
  command: string,
  table: readonly Flag<R>[],
  request: R,
  given: readonly Argument[],
  operand: (value: string) => void,
): R {
  const reader = new FlagReader(command, table, request);
  reader.read(given, undefined, ({ value }: Extract<Argument, { kind: 'operand' }>) => operand(value));
  reader.check();
  return request;
}
