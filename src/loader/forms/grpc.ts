import { accessSync, constants, readFileSync } from 'node:fs';
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
import type { Allowed, DescribedForm, Undescribed } from './form.js';
import { isFile } from './is-file.js';
import { quotedWord, wordsOf } from './words.js';

/** Sources of programs that are plugins begin with this. What follows is a command line. */
const GRPC = 'grpc:';

/** A program that speaks gRPC in the manner of go-plugin. The adapter is the crate plugins-rust/grpc. */
export const grpc: DescribedForm = {
  name: 'grpc',
  sharesBlocks: true,
  // The adapter has limits of its own, and says what a program did not do in time.
  startTimeout: 40_000,
  example: 'grpc:./mine',
  isRunning: false,
  // Runtimes such as that of Go reserve far more memory than they use.
  memory: 0,
  noSandbox: {
    what: 'a program',
    hint: 'it needs threads, sockets and files; use it without --sandbox only if you trust it, or hand over a script or rules',
  },
  claims: (source) => source.startsWith(GRPC),
  resolved: resolvedProgram,
  examine: examineProgram,
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

/** The variables of this process that every program gets. */
const PASSED = ['PATH', 'HOME', 'LANG'];

/** A file beside a program that holds its manifest. With it, the program need not run before its options are known. */
const MANIFEST_SUFFIX = '.plughost.json';

/** Looks at the program of a source such as `grpc:./plugin --verbose`. */
function examineProgram(source: string, { trust, env }: Allowed): Undescribed {
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
    environment: environmentOf(source, env),
    runner: RUNNER,
    folder: process.getBuiltinModule('node:os').tmpdir(),
  };
  const beside = path + MANIFEST_SUFFIX;
  const manifest = isFile(beside) ? manifestIn(beside, trust) : undefined;
  const file = { name: basename(path), bytes: () => readFileSync(systemPath(path)) };
  return { form: grpc, path, manifest, handed, files: [file] };
}

/** Returns names and values. @throws UsageError for a variable of `env` that is not set */
function environmentOf(source: string, env: readonly string[]): [string, string][] {
  const unset = env.find((name) => process.env[name] === undefined);
  if (unset !== undefined) throw new UsageError(`load plugin ${source}: there is no variable ${unset} to pass on`);
  return [...PASSED, ...env].flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
}

/** A path with spaces needs no quotes if nothing follows it. */
function programWords(source: string): string[] {
  const line = source.slice(GRPC.length);
  return isFile(line) ? [line] : wordsOf(line, `load plugin ${source}`);
}

function resolvedProgram(source: string, path: (path: string) => string): string {
  const line = source.slice(GRPC.length);
  if (isFile(path(line))) return GRPC + path(line);
  const [name = '', ...rest] = wordsOf(line, `load plugin ${source}`);
  return name.includes('/') ? GRPC + [path(name), ...rest].map(quotedWord).join(' ') : source;
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
