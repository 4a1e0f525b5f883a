import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { structsOf } from '../helpers/abi-lock.js';

const headers = new URL('../../native/include/plughost/', import.meta.url);
const lock = structsOf(readFileSync(new URL('abi.lock', headers), 'utf8'));
const noCargo = spawnSync('cargo', ['--version']).status !== 0;

test('the C compiler lays out the structs of the contract as abi.lock says', () => {
  const probe = join(buildFolder, 'test/plughost_abi');
  expect(structsOf(execFileSync(probe, { encoding: 'utf8' }))).toEqual(lock);
});

test.skipIf(noCargo)(
  `Rust lays them out alike${noCargo ? ' (skipped: cargo is missing)' : ''}`,
  { timeout: 600_000 },
  () => {
    const target = join(buildFolder, 'plugins-rust/target');
    const args = ['run', '-q', '--release', '--locked', '--target-dir', target, '-p', 'plughost', '--example', 'abi'];
    const cwd = new URL('../../plugins-rust/', import.meta.url);
    // A sanitizer that is preloaded for these tests is not for the compiler.
    const env = { ...process.env, LD_PRELOAD: undefined };
    expect(structsOf(execFileSync('cargo', args, { cwd, env, encoding: 'utf8' }))).toEqual(lock);
  },
);

test('abi.lock lists every struct of the headers', () => {
  const declared = readdirSync(headers)
    .filter((file) => file.endsWith('.h') && !['config.h', 'json.h'].includes(file))
    .flatMap((file) => [...readFileSync(new URL(file, headers), 'utf8').matchAll(/^typedef struct (\w+)/gm)])
    .map(([, name]) => name);
  const locked = lock.map((struct) => /^struct (\w+)/.exec(struct)?.[1]);
  expect(declared.sort()).toEqual(locked.sort());
});
