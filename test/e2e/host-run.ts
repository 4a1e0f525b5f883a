// Runs `host run` on files.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeScratch } from '../helpers/compile.js';
import { host, ROOT, type Surroundings, seen } from './command.js';

/** The escape sequence that erases a line of a terminal. */
export const ERASE = '\r\x1b[K';

export const scratch = makeScratch();
export const SAMPLE = join(ROOT, 'samples/access.log');

export const hostRun = async (args: string[], around?: Surroundings) => seen(await host(['run', ...args], around));
export const keep = (text: string) => ['--filter', 'contains', '-p', `text=${text}`];

/** Makes an empty folder. */
export const freshFolder = () => mkdtempSync(join(scratch, 'run-'));

/** Makes a file with this text. */
export function fileOf(text: string | Buffer): string {
  const path = join(freshFolder(), 'in.log');
  writeFileSync(path, text);
  return path;
}

/** Why tests that need a terminal cannot run. Empty if they can. */
export const noTerminal = spawnSync('script', ['--version']).error
  ? ' (skipped: script, of util-linux, is not installed)'
  : '';
