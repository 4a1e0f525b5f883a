import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import * as face from '../../src/index.js';
import { plainEnvironment, ROOT } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { publicCalls } from './calls.js';

const folder = makeScratch();
const drill = join(folder, 'drill.mjs');
const seed = Number(process.env.PLUGHOST_SEED ?? Date.now() % 1_000_000);
/** The number of tries for each place at which an argument can be wrong. */
const runs = process.env.PLUGHOST_ROUNDS ?? '12';

beforeAll(async () => {
  const entry = join(import.meta.dirname, 'drill.ts');
  await build({
    entryPoints: [entry],
    outfile: drill,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
});

test('every public function is tried, beside classes of errors and constants', () => {
  const tried = new Set(publicCalls(face, folder).map(({ name }) => name));
  const untried = Object.entries(face).filter(
    ([name, value]) =>
      !tried.has(name) &&
      typeof value !== 'string' &&
      !(typeof value === 'function' && (value === face.PlughostError || value.prototype instanceof face.PlughostError)),
  );
  expect(untried).toEqual([]);
});

describe('whatever a caller gives', () => {
  test(`ends well or by a PlughostError (seed ${seed}; PLUGHOST_SEED, PLUGHOST_ROUNDS)`, { timeout: 600_000 }, () => {
    const work = join(folder, 'work');
    mkdirSync(work);
    const library = pathToFileURL(join(ROOT, 'dist/index.js')).href;
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [drill, library, work, String(seed), runs], {
      encoding: 'utf8',
      env: plainEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    });
    expect({ status, signal, stderr, faults: stdout.replace(/^\d+ calls were tried\n$/m, '') }).toEqual({
      status: 0,
      signal: null,
      stderr: '',
      faults: '',
    });
  });
});
