import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { include } from './compile.js';

/** Why instructions cannot be counted here, or undefined. */
export const noInstructions = spawnSync('valgrind', ['--version']).error
  ? 'valgrind is not installed'
  : spawnSync('cc', ['--version']).error
    ? 'there is no C compiler (cc)'
    : undefined;

/** Returns how many instructions a command executes; those of one function and what it calls, if one is named. */
export function instructionsOf(command: readonly string[], inFunction?: string): number {
  const within = inFunction === undefined ? [] : [`--toggle-collect=${inFunction}`];
  const valgrind = ['--tool=callgrind', '--callgrind-out-file=/dev/null', ...within, ...command];
  const { status, stderr } = spawnSync('valgrind', valgrind, { encoding: 'utf8', maxBuffer: 1 << 26 });
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (status !== 0 || collected === undefined)
    throw new Error(`valgrind ${valgrind.join(' ')}: status ${status}\n${stderr}`);
  return Number(collected);
}

/** The calls by which lines are given to a plugin. */
export type Call = 'match' | 'match_batch' | 'scan' | 'transform' | 'transform_batch' | 'write';

/** Compiles into the folder what counts the instructions of one call of a plugin (a path) on an input. */
export function makeCounter(
  folder: string,
): (library: string, config: object, call: Call, input: Uint8Array) => number {
  const driver = join(folder, 'instructions');
  const source = fileURLToPath(new URL('./instructions.c', import.meta.url));
  execFileSync('cc', ['-O1', '-Wall', '-Werror', `-I${include}`, '-o', driver, source, '-ldl']);
  const file = join(folder, 'instructions.input');
  return (library, config, call, input) => {
    writeFileSync(file, input);
    return instructionsOf([driver, library, JSON.stringify(config), call, file], 'measured');
  };
}
