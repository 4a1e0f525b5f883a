import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { include } from './compile.js';

/** Why tests that count instructions are skipped here, or undefined. */
export const noInstructions = process.env.LD_PRELOAD
  ? 'a sanitizer is to be loaded first, and valgrind does not run that'
  : spawnSync('valgrind', ['--version']).error
    ? 'valgrind is not installed'
    : spawnSync('cc', ['--version']).error
      ? 'there is no C compiler (cc)'
      : undefined;

/** Returns the number of instructions that a command executes, or only those inside one function and what it calls. */
export function instructionsOf(command: readonly string[], inFunction?: string): number {
  const within = inFunction === undefined ? [] : [`--toggle-collect=${inFunction}`];
  const valgrind = ['--tool=callgrind', '--callgrind-out-file=/dev/null', ...within, ...command];
  const { status, stderr } = spawnSync('valgrind', valgrind, { encoding: 'utf8', maxBuffer: 1 << 26 });
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (status !== 0 || collected === undefined)
    throw new Error(`valgrind ${valgrind.join(' ')}: status ${status}\n${stderr}`);
  return Number(collected);
}

/** The calls that pass lines to a plugin. */
export type Call = 'match' | 'match_batch' | 'scan' | 'spans' | 'transform' | 'transform_batch' | 'write';

/** A call of a plugin, and the bytes whose lines it gets. */
export type Work = [call: Call, input: Uint8Array];

/** Compiles a program into the folder that counts the instructions of each call of one plugin, given by its path. */
export function makeCounters(folder: string): (library: string, config: object, works: readonly Work[]) => number[] {
  const driver = join(folder, 'instructions');
  const source = fileURLToPath(new URL('./instructions.c', import.meta.url));
  execFileSync('cc', ['-O1', '-Wall', '-Werror', `-I${include}`, '-o', driver, source, '-ldl']);
  return (library, config, works) => {
    const dumps = mkdtempSync(join(folder, 'callgrind-'));
    const args = works.flatMap(([call, input], i) => {
      writeFileSync(join(dumps, `input${i}`), input);
      return [call, join(dumps, `input${i}`)];
    });
    // After each measured(), valgrind writes the count into a file of its own and starts from zero.
    const counting = ['--tool=callgrind', `--callgrind-out-file=${join(dumps, 'out')}`, '--toggle-collect=measured'];
    const command = [...counting, '--dump-after=measured', driver, library, JSON.stringify(config), ...args];
    const { status, stderr } = spawnSync('valgrind', command, { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`valgrind … ${library}: status ${status}\n${stderr}`);
    const counts = works.map((_, i) =>
      Number(/^(?:summary|totals): (\d+)$/m.exec(readFileSync(join(dumps, `out.${i + 1}`), 'utf8'))?.[1]),
    );
    rmSync(dumps, { recursive: true });
    return counts;
  };
}

/** Does the same for one call at a time. */
export function makeCounter(
  folder: string,
): (library: string, config: object, call: Call, input: Uint8Array) => number {
  const count = makeCounters(folder);
  return (library, config, call, input) => count(library, config, [[call, input]])[0] as number;
}
