import type { Manifest } from '../../contract/manifest.js';
import type { PlughostError } from '../../errors/index.js';

/**
 * What users hand over as a plugin: a library with native code, the name of a plugin that is linked into the host, or one of
 * the forms that an adapter runs.
 */
export type FormName = 'native' | 'builtin' | 'rules' | 'script';

/** How the plugins of one form are recognised and read. Runs nothing of them. */
export interface Form {
  readonly name: Exclude<FormName, 'native' | 'builtin'>;
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
  /** Returns the error for a module that the adapter refuses. */
  refused(path: string, reason: string): PlughostError;
}

/** What a user handed over in another form than native code. Its adapter gets the texts and reads no file. */
export interface Module {
  readonly form: Form;
  /** The real path of its main file. */
  readonly path: string;
  readonly manifest: Manifest;
  /** The main file first, then what it imports. */
  readonly files: readonly [ModuleFile, ...ModuleFile[]];
}

export interface ModuleFile {
  /** Its path relative to the folder of the main file, with `/`. Messages show it. */
  readonly name: string;
  /** What the adapter gets. It differs from the file's content if the form translates that. */
  readonly text: string;
  /** The content of the file, for hashes. */
  readonly bytes: Buffer;
}

/** How many bytes of a file `claims` and `isPlugin` see. */
export const HEAD_SIZE = 4096;
