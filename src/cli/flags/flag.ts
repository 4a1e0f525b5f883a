/** The headings of the help, in their order. `plughost help GROUP` explains one of them. */
export const GROUPS = {
  input: 'Input',
  lines: 'Which lines',
  rows: 'Rows and answers',
  plugins: 'Plugins',
  output: 'Output',
  isolation: 'Isolation',
  other: 'Other',
} as const;

export type Group = keyof typeof GROUPS;

/** Throws a UsageError that names the command, the flag and its value: `run: -m x: REASON`. */
export type Refuse = (reason: string, hint?: string) => never;

/**
 * The least trusted source that may set a flag. `line`: the command line. `named`: also a configuration named by
 * `--config`. `user`: also the user's own configuration. `project`: also the one of the current folder.
 */
export type Scope = 'line' | 'named' | 'user' | 'project';

/**
 * A flag of a command. Everything about it is in this row: parsing, help, completions, the tables in the documentation
 * and the keys of a configuration follow from it.
 * @typeParam R the part of the request that the flag changes
 */
export interface Flag<R = never> {
  name: string;
  short?: string;
  /** What the help calls the value. A flag without a value is a switch. */
  value?: string;
  /** The only values that are allowed. */
  choices?: readonly string[];
  group: Group;
  /** One imperative phrase of at most 50 characters, for `-h`, completions and tables. */
  help: string;
  /** Paragraphs for `--help`, separated by empty lines. */
  details?: string;
  /** Works, but does not appear in help, completions and documentation. */
  hidden?: boolean;
  /** A second one on the same command line is an error. For other flags the last one wins. */
  once?: boolean;
  /** `project` by default. */
  scope?: Scope;
  /** Keeps plugins within bounds. A project's configuration cannot change what the user's own one says. */
  guard?: boolean;
  /** In a configuration the value may be a list, which sets the flag once for each item. */
  list?: boolean;
  /** Resolves the paths in a value of a configuration, which are relative to the folder of its file. */
  resolve?: (value: string, path: (path: string) => string) => string;

  /** Changes the request. `value` is empty for a switch. */
  apply: (request: R, value: string, refuse: Refuse) => void;
  /**
   * Changes the request to what it is without the flag. A request starts with all flags negated. A flag that has this
   * function also has `--no-NAME`, and takes `false` in a configuration if it is a switch.
   */
  negate?: (request: R) => void;

  /** Decides what is printed. Such flags exclude each other. */
  form?: boolean;
  /** Flags that this one replaces: of all of them the last one wins. */
  replaces?: readonly string[];
  /**
   * Flags that make no sense beside this one. When a stronger source sets one of the two, a weaker source's word on the
   * other is dropped.
   */
  excludes?: readonly string[];
  /** Flags of a configuration that this flag drops when a stronger source sets it. */
  drops?: readonly string[];
  /** Checks the complete request, if the flag is set. `reason` continues a sentence that starts with the flag. */
  check?: (request: R, refuse: Refuse) => void;
  /** A configuration may set the flag although it has no effect in this run, so `check` skips configurations. */
  dormant?: boolean;
}

type Behaviour<K extends string, T> = Required<Pick<Flag<Record<K, T>>, 'apply' | 'negate'>>;

/** Makes a switch set a field to true. */
export function setsTrue<K extends string>(field: K): Behaviour<K, boolean> {
  return {
    apply(request) {
      request[field] = true;
    },
    negate(request) {
      request[field] = false;
    },
  };
}

/** Makes a flag set a field to this value. `--no-NAME` clears the field if it has this value, and not that of a sibling. */
export function setsTo<K extends string, T>(field: K, value: T): Behaviour<K, T | undefined> {
  return {
    apply(request) {
      request[field] = value;
    },
    negate(request) {
      if (request[field] === value) request[field] = undefined;
    },
  };
}

/** Makes a flag set a field to what `read` makes of its value, and `--no-NAME` set it to `initial`. */
export function setsValue<K extends string, T>(
  field: K,
  read: (value: string, refuse: Refuse) => T,
  initial: NoInfer<T>,
): Behaviour<K, T>;
export function setsValue<K extends string, T>(
  field: K,
  read: (value: string, refuse: Refuse) => T,
): Behaviour<K, T | undefined>;
export function setsValue<K extends string, T>(
  field: K,
  read: (value: string, refuse: Refuse) => T,
  initial?: T,
): Behaviour<K, T | undefined> {
  return {
    apply(request, value, refuse) {
      request[field] = read(value, refuse);
    },
    negate(request) {
      request[field] = initial;
    },
  };
}

/** The name as it is typed: the short one if there is one. */
export const spellingOf = ({ name, short }: Pick<Flag, 'name' | 'short'>): string =>
  short ? `-${short}` : `--${name}`;

/** Resolves a value that is one path. */
export const wholePath: NonNullable<Flag['resolve']> = (value, path) => path(value);
