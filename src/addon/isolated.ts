import type { Kind } from '../contract/kinds.js';
import type { NativeContext } from './calls.js';
import type { NativeFault } from './fault.js';
import type { EnumValue } from './known.js';
import type { NativeSealedFile } from './sealed-file.js';
import type { NativeStage, StageOptions } from './stage.js';

/** A library that the host has judged. Runners load the copy, so later changes of the file have no effect. */
export interface JudgedLibrary {
  /** The real path of the file. */
  path: string;
  /** The name by which other libraries need it; empty for a plugin. */
  name: string;
  copy: NativeSealedFile;
}

/** How to run a plugin in processes of its own. */
export interface IsolatedSpec {
  /** The path of plughost-runner. */
  runner: string;
  /** The id of the manifest, or empty. No plugin of another path can have it until `end`. */
  id: string;
  /** The copy of its library; or the name of a plugin that the runner has, such as `builtin:contains`. */
  library: JudgedLibrary | { path: string };
  /** The libraries that the plugin needs, except those of the system. Each follows the libraries that it needs itself. */
  needed: readonly JudgedLibrary[];
  label: string;
  /** JSON. */
  config: string;
  /** Whether NewPlugin is a data object, and not a function. */
  newPluginIsData: boolean;
  /** Bytes of the data object, or 0 when the file does not say. */
  newPluginSize: number;
  /** Limit of private memory in bytes; 0 for no limit. */
  memory: number;
  /** Limits in milliseconds, for a call or a block and for the start; 0 for no limit. */
  callTimeout: number;
  startTimeout: number;
  sandbox: boolean;
  /** Whether it may pass the memory of blocks on to a program of its own, for reading. */
  sharesBlocks: boolean;
  /** Whether it is an adapter that makes machine code in `init`. A sandbox allows that, and only then. */
  compiles: boolean;
  /** What the sandbox allows: to start threads, and to read and write these paths. */
  threads: boolean;
  readable: readonly string[];
  writable: readonly string[];
  /** `DEVICE:INODE` of each path of `readable`, then of `writable`. A path that now leads elsewhere is refused. */
  identities: readonly string[];
  /** What happens to lines that kill the plugin: leave them out, keep them, or end the run. */
  onFault: EnumValue<'OnFault'>;
  /** After this many such lines in a run, the run fails. */
  maxFaults: number;
}

/** A plugin in processes of its own: one for the calls below, and more for each run. Only one call may be pending. */
export interface NativeIsolated {
  /** Starts the process and waits until the plugin is ready. Throws an Error when the host lacks memory or the like. */
  start(): NativeDescription | { fault: NativeFault };
  /**
   * Calls the plugin's `run` with the context at this address, which must outlive the call. After a fault the next call
   * starts another process.
   */
  run(context: bigint): NativeCallResult;
  /** Does the same on a new thread. See `NativeCalls.runAsync` for the end of this JavaScript thread. */
  runAsync(context: NativeContext): Promise<NativeCallResult>;
  /** Asks the plugin's filter about one line without its newline, of at most 128 MiB. */
  match(line: Uint8Array): NativeCallResult;
  /** Makes a stage. Each run starts processes for it. `start` must have succeeded. */
  stage(kind: Kind, options: StageOptions): NativeStage;
  /** Lets the plugin's `destroy` run and ends the process; no call may follow. */
  end(): void;
}

/** How a plugin in another process describes itself. The addresses in its structs belong to that process. */
export interface NativeDescription {
  fault?: undefined;
  name: Buffer;
  /** The struct of each kind that the plugin offers. The runner and the host have checked it. */
  structs: { [K in Kind]?: Buffer };
  /** The version of Landlock that confines the process; 0 for none. */
  landlock: number;
}

/**
 * The result of a call: a fault of the process; or a plug status that is not OK, with the plugin's message, or with
 * `contract` the rule that it broke; or the answer.
 */
export type NativeCallResult =
  | { fault: NativeFault }
  | { fault?: undefined; code: number; contract: boolean; operation: string; message: string }
  | { fault?: undefined; code?: undefined; bytes: Buffer; kept: boolean };
