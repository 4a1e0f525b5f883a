import { accessSync, constants, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { RUNNER } from '../../addon/location/runner-path.js';
import type { Manifest } from '../../contract/manifest.js';
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
import { describedManifest } from './described-manifest.js';
import type { DescribedForm, Undescribed } from './form.js';
import { isFile } from './is-file.js';
import { wordsOf } from './words.js';

/** Sources of programs that are plugins begin with this. What follows is a command line. */
const GRPC = 'grpc:';

/** A program that speaks gRPC in the manner of go-plugin. The adapter is the crate plugins-rust/grpc. */
export const grpc: DescribedForm = {
  name: 'grpc',
  alwaysIsolated: true,
  sharesBlocks: true,
  example: 'grpc:./mine',
  isRunning: false,
  // Runtimes such as that of Go reserve far more memory than they use.
  memory: 0,
  noSandbox: {
    what: 'a program',
    hint: 'it needs threads, sockets and files; use it without --sandbox only if you trust it, or hand over a script or rules',
  },
  claims: (source) => source.startsWith(GRPC),
  examine: (source, { trust }) => examineProgram(source, trust),
  described: (module, said) => ({ ...module, manifest: describedManifest(module.path, said) }),
  undescribed: ({ path }) =>
    new ManifestError(path, 'a program that is not to run has its manifest in a file beside it, and there is none', {
      hint: `write the manifest into ${path}${MANIFEST_SUFFIX}`,
    }),
  initError(module, error) {
    if (!(error instanceof PluginFailedError) || error.operation !== 'init' || error.status !== 'IO') return error;
    return new HandshakeError(module.manifest.name, error.reason, { first: undefined, errors: [] });
  },
};

/** The variables of this process that a program gets. */
const PASSED = ['PATH', 'HOME', 'LANG', 'TMPDIR'];

/** A file beside a program that holds its manifest. With it, the program need not run before its options are known. */
const MANIFEST_SUFFIX = '.plughost.json';

/** Looks at the program of a source such as `grpc:./plugin --verbose`. @param trust checks a file before it is read or run */
function examineProgram(source: string, trust: (file: string) => void): Undescribed {
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
