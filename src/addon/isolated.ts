import type { Kind } from '../contract/kinds.js';
import type { NativeContext } from './calls.js';
import type { NativeFault } from './fault.js';
import type { EnumValue } from './known.js';
import type { NativeSealedFile } from './sealed-file.js';
import type { NativeStage, StageOptions } from './stage.js';

/** A library that was judged, and what will be loaded: its copy, whatever becomes of the file. */
export interface JudgedLibrary {
  /** The real path of the file. */
  path: string;
  /** The name by which other libraries need it; empty for a plugin. */
  name: string;
  copy: NativeSealedFile;
}

/** How a plugin is run in a process of its own. */
export interface IsolatedSpec {
  /** The path of plughost-runner. */
  runner: string;
  /** Of the manifest, or empty. Until `end` no plugin of another path has it. */
  id: string;
  library: JudgedLibrary;
  /** The libraries that it needs and that are none of the system's, each behind all that it needs itself. */
  needed: readonly JudgedLibrary[];
  label: string;
  /** JSON. */
  config: string;
  newPluginIsData: boolean;
  /** Bytes of a data object; 0 when the file does not say. */
  newPluginSize: number;
  /** Bytes of private memory; 0: no limit. */
  memory: number;
  /** Milliseconds for a call or a block, and for the start; 0: no limit. */
  callTimeout: number;
  startTimeout: number;
  sandbox: boolean;
  /** Granted in it. */
  threads: boolean;
  readable: readonly string[];
  writable: readonly string[];
  /** `DEVICE:INODE` of each of `readable`, then of each of `writable`. */
  identities: readonly string[];
  onFault: EnumValue<'OnFault'>;
  /** Lines that it may not survive in a run. */
  maxFaults: number;
}

export interface NativeIsolated {
  /** Starts the process and waits until the plugin is ready. Throws when there is no process to be had. */
  start(): NativeDescription | { fault: NativeFault };
  /**
   * As the plugin's `run`, with the context at this address, which must live as long as the call. After a fault the next
   * call starts another process.
   */
  run(context: bigint): NativeCalled;
  /** The same on a thread of its own, as `NativeCalls.runAsync`. */
  runAsync(context: NativeContext): Promise<NativeCalled>;
  /** Asks the plugin's filter about one line. */
  match(line: Uint8Array): NativeCalled;
  /** Makes a stage, whose runs start processes of their own. `start` must have succeeded. */
  stage(kind: Kind, options: StageOptions): NativeStage;
  /** Lets the plugin's `destroy` run and ends the process; no call may follow. */
  end(): void;
}

/** What a plugin in another process says of itself: its structs, checked, with addresses that mean nothing here. */
export interface NativeDescription {
  fault?: undefined;
  name: Buffer;
  structs: { [K in Kind]?: Buffer };
  /** The version of Landlock that confines it; 0: none. */
  landlock: number;
}

/** A fault; or a status that is not OK, with the plugin's words, or the rule that it broke; or what it gave. */
export type NativeCalled =
  | { fault: NativeFault }
  | { fault?: undefined; code: number; contract: boolean; operation: string; message: string }
  | { fault?: undefined; code?: undefined; bytes: Buffer; kept: boolean };
