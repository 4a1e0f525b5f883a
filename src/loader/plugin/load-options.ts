import type { Check } from '../../arguments/argument.js';
import { anything, listOf, objectOf, oneOf, optional, text } from '../../arguments/checks.js';
import { anyPath } from '../../arguments/paths.js';
import type { Config } from '../config/config.js';
import { type CheckedIsolateOptions, type IsolateOptions, isolate } from '../isolated/isolate-options.js';
import { Library } from '../library/library.js';
import { type CheckedOpenOptions, type OpenOptions, openShape } from '../library/open-options.js';
import { CAPABILITIES, type Capability } from './plugin.js';

/** How to load a plugin. `C` names the capabilities that it must have. */
export interface LoadOptions<C extends Capability = never> extends Omit<OpenOptions, 'judge'> {
  /** The plugin's options; defaults come from its manifest. */
  config?: Config;
  /** Run it in a process of its own. */
  isolate?: boolean | IsolateOptions | undefined;
  /** Hosts on the network to which lines may be sent, without TLS. Servers on this machine need not be listed. */
  allowHosts?: readonly string[] | undefined;
  /** What it must be able to do; the type of the plugin then says that it can. */
  needs?: readonly C[];
}

/** Options of `loadPlugin` that were checked, except for the plugin's own. */
export interface CheckedLoadOptions extends Omit<CheckedOpenOptions, 'judge'> {
  config?: unknown;
  isolate?: boolean | CheckedIsolateOptions;
  allowHosts?: readonly string[] | undefined;
  needs?: Capability[];
}

/** The plugin's own options are checked later, when its manifest is known. */
export const loadOptions: Check<CheckedLoadOptions> = objectOf<LoadOptions<Capability>, CheckedLoadOptions>(
  'an object of options',
  {
    ...openShape,
    config: anything,
    isolate: optional(isolate) as typeof isolate,
    allowHosts: optional(listOf('names of hosts', text)),
    needs: optional(listOf('capabilities', oneOf(...CAPABILITIES))) as Check<Capability[]>,
  },
);

/** What a plugin is loaded from: a name, a path or a library that is open. */
export const source: Check<string | Library> = (value, argument) => {
  if (Library.isOne(value)) return value;
  if (typeof value === 'string' || value instanceof URL) return anyPath(value, argument);
  throw argument.wrong('the name of a plugin, a path, a file: URL, or a library that open gave,', value);
};
