import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bash, exec, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { blocksBelow, FILES, noClone } from '../helpers/pages.js';
import { noPackages, tarball } from './packed.js';
import { Registry } from './registry.js';

const scratch = makeScratch();
const missing = ['cmake', 'c++'].filter((program) => spawnSync(program, ['--version']).error);
const noTools = missing.length > 0 ? ` (skipped: ${missing.join(' and ')} is missing)` : '';

/** What the build reads, without tests and fuzzers, without the adapter that only a clone builds, and without a link to the license, which npm leaves out. */
const SOURCES = /^(CMakeLists\.txt$|(native|plugins-c|plugins-rust|cmake)\/)/;
const LEFT_OUT =
  /^(native\/fuzz|plugins-c\/fuzz|plugins-c\/test|plugins-rust\/[^/]+\/tests|plugins-rust\/wasm)\/|\/\.gitignore$|\/LICENSE$/;

const noSources = noPackages || (noClone ? ` (skipped: ${noClone})` : '');

it.skipIf(noSources)(`the package has every source${noSources}`, () => {
  const packed = execFileSync('tar', ['-tzf', tarball('source')], { encoding: 'utf8' }).split('\n');
  const wanted = FILES.filter((file) => SOURCES.test(file) && !LEFT_OUT.test(file));
  expect(wanted.length).toBeGreaterThan(100);
  expect(wanted.filter((file) => !packed.includes(`package/${file}`))).toEqual([]);
});

// Compiling everything takes minutes of a processor.
const why = noPackages || noTools || (process.env.PLUGHOST_SOURCE ? '' : ' (skipped: run npm run drill:source)');

describe.skipIf(why)(`the section of docs/install.md on building from source${why}`, () => {
  const registry = new Registry(join(scratch, 'registry'));
  const folder = join(scratch, 'app');

  beforeAll(async () => {
    for (const one of [registry.folder, folder]) mkdirSync(one);
    await registry.start(['node-addon-api', 'node-api-headers'], ['source']);
    writeFileSync(join(folder, 'package.json'), '{ "name": "app", "private": true }');
    expect((await exec('npm', ['install', 'plughost'], { cwd: folder, env: settings() })).status).toBe(0);
  }, 60_000);
  afterAll(() => registry.stop());

  const settings = () => ({ ...registry.settings, npm_config_cache: join(scratch, 'npm') });

  it('has commands after which the installed command uses what they built', { timeout: 1_200_000 }, async () => {
    const [block, ...rest] = blocksBelow('docs/install.md', 'Build from source');
    expect(rest).toEqual([]);
    const built = await bash(`set -e\n${block?.text}`, { cwd: folder, env: settings() });
    expect(built.status, built.stderr).toBe(0);
    // The last line sets the environment of the shell in which it is typed.
    const set = block?.text.trimEnd().split('\n').at(-1);
    const after = async (args: string) =>
      seen(await bash(`${set}\nnode_modules/.bin/plughost ${args}`, { cwd: folder }));
    expect(await after('load greet')).toEqual({ status: 0, stdout: 'Greeting\nHello from plugin\n', stderr: '' });
    expect((await after('list')).stdout.split('\n')[0]).toBe(join(folder, 'plughost-build/plugins'));
    writeFileSync(join(folder, 'app.log'), 'all is well\nan ERROR\n');
    expect(await after('run app.log --isolate --filter contains -p text=ERROR')).toEqual({
      status: 0,
      stdout: 'an ERROR\n',
      stderr: '',
    });
  });
});
