import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from '../../src/index.js';
import { inspect } from '../../src/inspect/inspect.js';
import { include } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

/** Returns which of the programs are missing, as a reason to skip tests; undefined when none is. */
export function without(...commands: string[]): string | undefined {
  const missing = commands.find((command) => spawnSync(command, ['--version']).error);
  return missing && `there is no ${missing}`;
}

export const because = (reason: string | undefined): string => (reason ? ` (skipped: ${reason})` : '');

/** Runs a program and returns the lines that it prints. */
export const lines = (command: string, args: string[]): string[] =>
  execFileSync(command, args, {
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 28,
  }).split('\n');

/** Cross compiles C into a file of the given name and returns its path. */
export function build(folder: string, compiler: string[], name: string, source: string, flags: string[] = []): string {
  const path = join(folder, name);
  writeFileSync(`${path}.c`, source);
  const [command = '', ...first] = compiler;
  execFileSync(command, [...first, '-shared', `-I${include}`, '-o', path, `${path}.c`, ...flags], { stdio: 'pipe' });
  return path;
}

/** The source of a library with one symbol of each kind. */
export const SOURCE = `#include <plughost/plughost.h>
  PLUG_MANIFEST({ "id": "a.b" })
  PLUG_EXPORT int run(void) { return 1; }
  PLUG_EXPORT_DATA int counter = 5;
  static int hidden(void) { return 2; }
  PLUG_EXPORT int uses_hidden(void) { return hidden(); }`;

export const kinds = (path: string): string[] =>
  inspect(path)
    .symbols.map(({ kind, name }) => `${kind} ${name}`)
    .sort();

/** Returns the platform that the error of `open` names. */
export const builtFor = (path: string): string =>
  thrown(() => open(path)).message.replace(/^.*: it is built for (.*), and this host is .*$/, '$1');
