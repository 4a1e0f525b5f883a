import type { Check } from '../../arguments/argument.js';
import { boolean, listOf, milliseconds, objectOf, oneOf, optional, wholeNumber } from '../../arguments/checks.js';
import { type Path, path } from '../../arguments/paths.js';

/** What becomes of lines that a plugin does not survive: they are left out, kept as they are, or end the run. */
export type OnFault = 'skip' | 'match' | 'stop';

/** How a plugin runs in a process of its own. */
export interface IsolateOptions {
  /** Keep it from files, network, other processes and all else that a plugin has no need of. Linux alone. */
  sandbox?: boolean | undefined;
  /** What it may do in the sandbox all the same. */
  grant?: Grants | undefined;
  /** In a run; `skip` by default. */
  onFault?: OnFault | undefined;
  /** Lines that it may not survive in a run before it is the plugin that is broken, and not the data; 100 by default. */
  maxFaults?: number | undefined;
  /** Milliseconds for one call or one block; 10,000 by default, 0 for no limit. */
  callTimeout?: number | undefined;
  /** Bytes of memory; 1 GiB by default, 0 for no limit. */
  memory?: number | undefined;
}

export interface Grants {
  threads?: boolean | undefined;
  /** Files and folders. */
  read?: readonly Path[] | undefined;
  write?: readonly Path[] | undefined;
}

/** Options that were checked: their paths are text. */
export type CheckedIsolateOptions = Omit<IsolateOptions, 'grant'> & {
  grant?: { threads?: boolean; read?: string[]; write?: string[] };
};

/** Bytes; more is no limit that any machine knows. */
const MAX_MEMORY = 2 ** 40;
const MAX_FAULTS = 1_000_000;

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

/** Bytes of memory that a plugin may have; 0 for no limit. */
export const memoryOf = ({ memory = MEMORY }: Pick<IsolateOptions, 'memory'>): number => memory;
