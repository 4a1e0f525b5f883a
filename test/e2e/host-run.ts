// host run, with files to run it over.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeScratch } from '../helpers/compile.js';
import { host, ROOT, type Surroundings, seen } from './command.js';

/** Takes a line of a terminal away. */
export const ERASE = '\r\x1b[K';

export const scratch = makeScratch();
export const SAMPLE = join(ROOT, 'samples/access.log');

export const hostRun = async (args: string[], around?: Surroundings) => seen(await host(['run', ...args], around));
export const keep = (text: string) => ['--filter', 'contains', '-p', `text=${text}`];

/** An empty folder. */
export const freshFolder = () => mkdtempSync(join(scratch, 'run-'));

/** A file with this text. */
export function fileOf(text: string | Buffer): string {
  const path = join(freshFolder(), 'in.log');
  writeFileSync(path, text);
  return path;
}

/** Why tests that need a terminal cannot run; empty when they can. */
export const noTerminal = spawnSync('script', ['--version']).error
  ? ' (skipped: script, of util-linux, is not installed)'
  : '';
