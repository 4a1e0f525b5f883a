import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Report } from '../../src/cli/bench/report.js';
import { makeScratch } from '../helpers/compile.js';
import { host, ROOT, seen } from './command.js';

export const folder = makeScratch();
export const bench = async (...args: string[]) => seen(await host(['bench', ...args]));
export const reportOf = async (...args: string[]): Promise<Report> => {
  const { status, stdout, stderr } = await bench('--json', ...args);
  expect({ status, stderr, lines: stdout.split('\n').length }).toEqual({ status: 0, stderr: '', lines: 2 });
  return JSON.parse(stdout);
};

export const sample = join(ROOT, 'samples/access.log');
export const text = readFileSync(sample, 'latin1');
export const lines = text.trimEnd().split('\n');
export const few = ['--runs', '2'];
