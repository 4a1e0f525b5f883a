import type { Check } from '../../arguments/argument.js';
import { boolean, listOf, milliseconds, objectOf, oneOf, optional, text, wholeNumber } from '../../arguments/checks.js';
import { type Path, path } from '../../arguments/paths.js';

/**
 * What happens to lines that make a plugin fail: they are left out (`skip`), kept (`match`), or end the run (`stop`).
 */
export type OnFault = 'skip' | 'match' | 'stop';

/** How an isolated plugin runs. */
export interface IsolateOptions {
  /** Deny it files, network, other processes and everything else that a plugin does not need. Linux only. */
  sandbox?: boolean | undefined;
  /** What it may do although it is in the sandbox. */
  grant?: Grants | undefined;
  /** What happens in a run to lines that make it fail; `skip` by default. */
  onFault?: OnFault | undefined;
  /**
   * How many lines of a run may make it fail before the run ends, because then the plugin is broken; 100 by default.
   */
  maxFaults?: number | undefined;
  /** Milliseconds that one call or one block may take; 10,000 by default, 0 for no limit. */
  callTimeout?: number | undefined;
  /** Bytes of memory; 1 GiB by default, 0 for no limit. */
  memory?: number | undefined;
  /** Only for programs: names of variables of this process's environment that they get. */
  env?: readonly string[] | undefined;
}

/** What a sandboxed plugin may do besides computing. Nothing by default. */
export interface Grants {
  /** Whether it may start threads. */
  threads?: boolean | undefined;
  /** Files and folders that it may read. */
  read?: readonly Path[] | undefined;
  /** Files and folders that it may also write. */
  write?: readonly Path[] | undefined;
}

/** Options that were checked: their paths are text. */
export type CheckedIsolateOptions = Omit<IsolateOptions, 'grant'> & {
  grant?: { threads?: boolean; read?: string[]; write?: string[] };
};

/** The largest limit in bytes, more than any machine has. */
const MAX_MEMORY = 2 ** 40;
const MAX_FAULTS = 1_000_000;

const variable: Check<string> = (value, argument) => {
  const name = text(value, argument);
  if (!/^[^=\0]+$/.test(name)) throw argument.wrong('the name of a variable', value);
  return name;
};

const paths = optional(listOf('paths', path)) as Check<string[]>;

type CheckedGrants = NonNullable<CheckedIsolateOptions['grant']>;

const isolateOptions = objectOf<IsolateOptions, CheckedIsolateOptions>('true, false or an object of options', {
  sandbox: optional(boolean),
  grant: optional(
    objectOf<Grants, CheckedGrants>('an object of grants ({ threads, read, write })', {
      threads: optional(boolean) as Check<boolean>,
      read: paths,
      write: paths,
    }),
  ) as Check<CheckedGrants>,
  onFault: optional(oneOf('skip', 'match', 'stop')),
  maxFaults: optional(wholeNumber(0, MAX_FAULTS)),
  callTimeout: optional(milliseconds(0)),
  memory: optional(wholeNumber(0, MAX_MEMORY)),
  env: optional(listOf('names of variables', variable)),
});

export const isolate: Check<boolean | CheckedIsolateOptions> = (value, argument) => {
  if (typeof value === 'boolean') return value;
  const options = isolateOptions(value, argument);
  if (options.grant && !options.sandbox) {
    throw argument.at('grant').error('it says nothing without a sandbox', 'write: { sandbox: true, grant: … }');
  }
  return options;
};

const MEMORY = 1 << 30;

/** Returns the bytes of memory that a plugin may have; 0 for no limit. */
export const memoryOf = ({ memory = MEMORY }: Pick<IsolateOptions, 'memory'>): number => memory;
