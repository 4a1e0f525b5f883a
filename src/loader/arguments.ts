import type { Check } from '../arguments/argument.js';
import {
  anything,
  boolean,
  callback,
  listOf,
  milliseconds,
  objectOf,
  oneOf,
  optional,
  type Shape,
  wholeNumber,
} from '../arguments/checks.js';
import { anyPath, path } from '../arguments/paths.js';
import type { CheckedIsolateOptions, Grants, IsolateOptions } from './isolated/isolate.js';
import { Library } from './library/library.js';
import type { CheckedOpenOptions, OpenOptions } from './library/open.js';
import type { LoadOptions } from './plugin/load-plugin.js';
import { CAPABILITIES, type Capability } from './plugin/plugin.js';
import { lockOrPath } from './trust/lock-file.js';

const opened: Shape<Omit<OpenOptions, 'judge'>, CheckedOpenOptions> = {
  lock: optional(lockOrPath),
  allowWritable: optional(boolean),
  allowDuplicate: optional(boolean),
};

/** Of `open`: the lock is read from its path later. */
export const openOptions: Check<CheckedOpenOptions> = objectOf<OpenOptions, CheckedOpenOptions>(
  'an object of options',
  { ...opened, judge: optional(callback) as Check<OpenOptions['judge']> },
);

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

const isolate: Check<boolean | CheckedIsolateOptions> = (value, argument) => {
  if (typeof value === 'boolean') return value;
  const options = isolateOptions(value, argument);
  if (options.grant && !options.sandbox) {
    throw argument.at('grant').error('it says nothing without a sandbox', 'write: { sandbox: true, grant: … }');
  }
  return options;
};

/** Options of `loadPlugin` that were checked, but for the plugin's own. */
export interface CheckedLoadOptions extends Omit<CheckedOpenOptions, 'judge'> {
  config?: unknown;
  isolate?: boolean | CheckedIsolateOptions;
  needs?: Capability[];
}

/** Of `loadPlugin`: the plugin's own options are checked when its manifest is known. */
export const loadOptions: Check<CheckedLoadOptions> = objectOf<LoadOptions<Capability>, CheckedLoadOptions>(
  'an object of options',
  {
    ...opened,
    config: anything,
    isolate: optional(isolate) as typeof isolate,
    needs: optional(listOf('capabilities', oneOf(...CAPABILITIES))) as Check<Capability[]>,
  },
);

/** What a plugin is loaded from: a name, a path or a library that is open. */
export const source: Check<string | Library> = (value, argument) => {
  if (Library.isOne(value)) return value;
  if (typeof value === 'string' || value instanceof URL) return anyPath(value, argument);
  throw argument.wrong('the name of a plugin, a path, a file: URL, or a library that open gave,', value);
};

/** Folders in which plugins are looked for; one needs no list. */
export const folders: Check<string[]> = (value, argument) =>
  typeof value === 'string' || value instanceof URL
    ? [path(value, argument)]
    : listOf('folders', path)(value, argument);
