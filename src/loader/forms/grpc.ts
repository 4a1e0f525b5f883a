import { accessSync, constants, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { RUNNER } from '../../addon/location/runner-path.js';
import { type Manifest, parseManifest } from '../../contract/manifest.js';
import {
  HandshakeError,
  InputError,
  ManifestError,
  PluginFailedError,
  reasonOf,
  UsageError,
} from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { readTextFile } from '../../files/text-file.js';
import { realpath } from '../library/realpath.js';
import type { Form, Module } from './form.js';
import { isFile } from './is-file.js';
import { wordsOf } from './words.js';

/** Sources of programs that are plugins begin with this. What follows is a command line. */
export const GRPC = 'grpc:';

export const isProgram = (source: string): boolean => source.startsWith(GRPC);

/** A program that speaks gRPC in the manner of go-plugin. The adapter is the crate plugins-rust/grpc. */
export const grpc: Form = {
  name: 'grpc',
  alwaysIsolated: true,
  sharesBlocks: true,
  initError(module, error) {
    if (!(error instanceof PluginFailedError) || error.operation !== 'init' || error.status !== 'IO') return error;
    return new HandshakeError(module.manifest.name, error.reason, { first: undefined, errors: [] });
  },
};

/** The variables of this process that a program gets. */
const PASSED = ['PATH', 'HOME', 'LANG', 'TMPDIR'];

/** A file beside a program that holds its manifest. With it, the program need not run before its options are known. */
const MANIFEST_SUFFIX = '.plughost.json';

/** What is known of a program without running it. */
export interface Program extends Omit<Module, 'manifest'> {
  /** Undefined when there is no file beside the program that holds it. */
  readonly manifest: Manifest | undefined;
}

/**
 * Looks at the program of a source such as `grpc:./plugin --verbose`. Runs nothing.
 * @param trust checks each file before it is read or run
 * @throws UsageError, RealpathError, InputError, ManifestError, what `trust` throws
 */
export function examineProgram(source: string, trust: (file: string) => void): Program {
  const [name = '', ...given] = programWords(source);
  if (!name.includes('/')) {
    throw new UsageError(`load plugin ${source}: ${name === '' ? 'no program is named' : `${name} is no path`}`, {
      hint: 'name the program by a path: grpc:./plugin, or grpc:/usr/bin/python3 ./plugin.py',
    });
  }
  const path = realpath(name);
  trust(path);
  ensureExecutable(path);
  const handed = {
    program: path,
    arguments: given,
    environment: PASSED.flatMap((variable) =>
      process.env[variable] === undefined ? [] : [[variable, process.env[variable]]],
    ),
    runner: RUNNER,
    folder: tmpdir(),
  };
  const beside = path + MANIFEST_SUFFIX;
  const manifest = isFile(beside) ? manifestIn(beside, trust) : undefined;
  const file = { name: basename(path), bytes: () => readFileSync(systemPath(path)) };
  return { form: grpc, path, manifest, handed, files: [file] };
}

/** Returns the manifest that a program gave of itself. @throws ManifestError */
export function describedManifest(path: string, json: string): Manifest {
  try {
    return parseManifest(json);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
}

/** A path with spaces needs no quotes if nothing follows it. */
function programWords(source: string): string[] {
  const line = source.slice(GRPC.length);
  return isFile(line) ? [line] : wordsOf(line, `load plugin ${source}`);
}

function manifestIn(path: string, trust: (file: string) => void): Manifest {
  trust(path);
  return describedManifest(path, readTextFile(path, 'read the manifest').text);
}

function ensureExecutable(path: string): void {
  if (!isFile(path)) throw new InputError(path, 'run', 'it is no regular file');
  try {
    accessSync(systemPath(path), constants.X_OK);
  } catch (cause) {
    throw new InputError(path, 'run', reasonOf(cause), { cause, hint: `make it executable: chmod +x ${path}` });
  }
}
