import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILT_IN } from '../../src/loader/plugin/plugin-path.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The command, as a user starts it. */
export const HOST = join(ROOT, 'bin/host.js');
/** Real logs. They are not part of the project. */
export const LOGS = join(ROOT, '../shared/data');

/** Returns the path of a built-in plugin. */
export const builtIn = (name: string): string => join(BUILT_IN, `lib${name}.so`);

/** DuckDB's library. */
export const DUCKDB = join(
  ROOT,
  `build/tools/duckdb/node_modules/@duckdb/node-bindings-linux-${process.arch}/libduckdb.so`,
);

/** Why tests cannot run on this machine, for their titles. Empty if they can. */
export const without = {
  logs: existsSync(LOGS) ? '' : ' (skipped: ../shared/data is not there)',
  ripgrep: spawnSync('rg', ['--version']).error ? ' (skipped: ripgrep is not installed)' : '',
  regex: existsSync(builtIn('regex')) ? '' : ' (skipped: the regex plugin is not built, cargo is missing)',
  json: existsSync(builtIn('json')) ? '' : ' (skipped: the plugin json is not built, cargo is missing)',
  where: existsSync(builtIn('where')) ? '' : ' (skipped: the plugin where is not built, cargo is missing)',
  rules: existsSync(builtIn('rules')) ? '' : ' (skipped: the adapter of rules is not built, cargo is missing)',
  script: existsSync(builtIn('script')) ? '' : ' (skipped: the adapter of scripts is not built, cargo is missing)',
  duckdb: existsSync(DUCKDB) ? '' : ' (skipped: DuckDB is not there; .ci/run tools installs it)',
  patterns: existsSync(builtIn('patterns')) ? '' : ' (skipped: the patterns plugin is not built, Hyperscan is missing)',
};

export interface Outcome {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

export interface Surroundings {
  /** Bytes for standard input, which is empty by default. */
  input?: Uint8Array | string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** Returns the environment without the developer's own settings. */
export const plainEnvironment = (): NodeJS.ProcessEnv => {
  const { NO_COLOR, FORCE_COLOR, HOST_PLUGIN_PATH, NODE_OPTIONS, ...rest } = process.env;
  return rest;
};

/** Runs a program to its end. */
export function exec(program: string, args: string[], around: Surroundings = {}): Promise<Outcome> {
  const child = spawn(program, args, { cwd: around.cwd ?? ROOT, env: { ...plainEnvironment(), ...around.env } });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (part) => stdout.push(part));
  child.stderr.on('data', (part) => stderr.push(part));
  // It may end without reading everything.
  child.stdin.on('error', () => {});
  child.stdin.end(around.input ?? '');
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (status, signal) =>
      done({ status, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

/** Runs `host` to its end. */
export const host = (args: string[], around?: Surroundings): Promise<Outcome> => exec(HOST, args, around);

/** Runs a line of bash, in which $HOST is the command. */
export const bash = (script: string, around: Surroundings = {}): Promise<Outcome> =>
  exec('bash', ['-c', script], { ...around, env: { ...around.env, HOST } });

/** Returns what a user sees: the text of both streams and the status. */
export function seen({ status, stdout, stderr }: Outcome): { status: number | null; stdout: string; stderr: string } {
  return { status, stdout: stdout.toString(), stderr };
}

/** Works on many things, two at a time, and returns the results in the same order. */
export async function inPairs<T, R>(things: readonly T[], work: (thing: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < things.length; at += 2)
    results.push(...(await Promise.all(things.slice(at, at + 2).map(work))));
  return results;
}
