import type { Manifest } from '../../contract/manifest.js';
import type { PlughostError } from '../../errors/index.js';

/**
 * What users hand over as a plugin: a library with native code, the name of a plugin that is linked into the host, or one of
 * the forms that an adapter runs.
 */
export type FormName = 'native' | 'builtin' | 'rules' | 'script' | 'wasm' | 'grpc' | 'http';

/** A form that an adapter runs, which is a library of the host. */
export interface Form {
  /** Also the name of the adapter. */
  readonly name: Exclude<FormName, 'native' | 'builtin'>;
  /** Whether the adapter may pass the memory of blocks on to the program that it runs. */
  readonly sharesBlocks?: true;
  /** Milliseconds until an instance must be ready, if its adapter needs more than other plugins. */
  readonly startTimeout?: number;
  /** Whether the adapter makes machine code of a module in `init`, for which a sandbox has an exception. */
  readonly compiles?: true;
  /** Returns the error for a module whose adapter failed in `init`, which may be the error itself. */
  initError(module: Module, error: PlughostError): PlughostError;
}

/** A form whose plugins are files: how they are recognised and read. Runs nothing of them. */
export interface FileForm extends Form {
  /** How the names of its files end; `slow.rules.json` is the plugin `slow`. */
  readonly suffixes: readonly string[];
  /** Returns whether a file is of this form. @param head the first bytes of the file, at most `HEAD_SIZE` */
  claims(path: string, head: Buffer): boolean;
  /** Returns whether a file that it claims is meant as a plugin. Folders hold other files with these suffixes too. */
  isPlugin(path: string, head: Buffer): boolean;
  /**
   * Reads a module. Checks each file that it reads with `trust` before.
   * @param path the real path
   * @throws the error of the form, InputError, what `trust` throws
   */
  examine(path: string, trust: (file: string) => void): Module;
}

/** What a user handed over in another form than native code. */
export interface Module {
  readonly form: Form;
  /** The real path of its main file. */
  readonly path: string;
  readonly manifest: Manifest;
  /** What the adapter gets, as a part of its config: all that it needs, so that it reads no file of the module. */
  readonly handed: unknown;
  /** The main file first, then what it imports. A server has none that this host knows. */
  readonly files: readonly ModuleFile[];
}

/** A form whose plugins say themselves what they are, once they run or are asked. Their sources begin with its prefix. */
export interface DescribedForm extends Form {
  /** A source, for messages. */
  readonly example: string;
  /** Whether its plugins run already, so that asking them what they are runs nothing. */
  readonly isRunning: boolean;
  /** Bytes of memory for the process of its adapter if the user says nothing. 0: no limit; undefined: as for all. */
  readonly memory: number | undefined;
  /** What a plugin of this form is, and why no sandbox holds it. */
  readonly noSandbox: { what: string; hint: string };
  /** Returns whether a source is of this form. */
  claims(source: string): boolean;
  /** Returns the source with its paths as `path` has them: those of a configuration are relative to its folder. */
  resolved?(source: string, path: (path: string) => string): string;
  /**
   * Looks at a source, and checks it as `allowed` says. Runs nothing and asks nobody.
   * @throws UsageError, RealpathError, InputError, ManifestError, what `allowed.trust` throws
   */
  examine(source: string, allowed: Allowed): Undescribed;
  /** Returns the module once the plugin has said what it is. @throws ManifestError */
  described(module: Undescribed, said: string): Module;
  /** Returns the error for a plugin whose manifest must be known before it says it, as for a lock. */
  undescribed(module: Undescribed): PlughostError;
}

/** What is known of a plugin that says itself what it is. */
export interface Undescribed extends Omit<Module, 'form' | 'manifest'> {
  readonly form: DescribedForm;
  /** Undefined unless it is known without the plugin. */
  readonly manifest: Manifest | undefined;
}

/** What a source may be. */
export interface Allowed {
  /** Refuses a file that others may change. */
  trust(file: string): void;
  /** Hosts on the network that may get lines. */
  readonly hosts: readonly string[];
  /** Names of variables of this process that a program gets besides those that all get. */
  readonly env: readonly string[];
}

export interface ModuleFile {
  /** Its path relative to the folder of the main file, with `/`. Messages show it. */
  readonly name: string;
  /** Returns the content of the file, for hashes. */
  bytes(): Buffer;
}

/** How many bytes of a file `claims` and `isPlugin` see. */
export const HEAD_SIZE = 4096;
