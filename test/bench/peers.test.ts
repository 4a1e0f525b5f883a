import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exec, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const folder = makeScratch();

/** Makes a folder with programs that are named and print a text. */
function programs(name: string, texts: Record<string, string>): string {
  const place = join(folder, name, 'bin');
  mkdirSync(place, { recursive: true });
  for (const [program, script] of Object.entries(texts)) {
    writeFileSync(join(place, program), `#!/bin/sh\n${script}\n`);
    chmodSync(join(place, program), 0o755);
  }
  return place;
}

const ripgrep = (version: string) => `echo 'ripgrep ${version} (rev 1)'`;

/** Returns what is found as ripgrep with only these programs on the PATH. */
async function find(path: string, options: object): Promise<unknown> {
  const script = `import { findRipgrep } from ${JSON.stringify(join(ROOT, 'bench/peers/ripgrep.mjs'))};
    console.log(JSON.stringify(findRipgrep(${JSON.stringify(options)})));`;
  const { stdout, stderr } = seen(
    await exec(process.execPath, ['--input-type=module', '-e', script], { env: { PATH: path } }),
  );
  return { ...JSON.parse(stdout.split('\n').at(-2) ?? ''), stderr };
}

describe('ripgrep', () => {
  test('of version 15 or later on the PATH is the peer', async () => {
    const path = programs('new', { rg: ripgrep('15.1.0') });
    expect(await find(path, {})).toEqual({ program: 'rg', version: '15.1.0', stderr: '' });
    expect(await find(programs('newer', { rg: ripgrep('100.0.1') }), {})).toMatchObject({ version: '100.0.1' });
  });

  test('of an older version is named and is not the peer', async () => {
    const path = programs('old', { rg: ripgrep('14.1.1') });
    expect(await find(path, { install: false, cache: join(folder, 'none') })).toEqual({
      why: '14.1.1 on the PATH is older than 15; without --no-install, cargo installs 15',
      stderr: '',
    });
    const cache = join(programs('cache', { rg: ripgrep('15.2.0') }), '..');
    expect(await find(path, { cache })).toEqual({ program: join(cache, 'bin/rg'), version: '15.2.0', stderr: '' });
  });

  test('is installed by cargo, once', async () => {
    const cache = join(folder, 'filled');
    const cargo = `echo "$*" > ${folder}/asked; /bin/mkdir -p ${cache}/bin; /bin/cp ${folder}/new/bin/rg ${cache}/bin/rg`;
    programs('new', { rg: ripgrep('15.1.0') });
    const path = programs('cargo', { cargo });
    expect(await find(path, { cache })).toEqual({
      program: join(cache, 'bin/rg'),
      version: '15.1.0',
      stderr: `ripgrep: it is not on the PATH, so cargo installs 15 into ${cache}\n`,
    });
    expect(await find(programs('nothing', {}), { cache })).toMatchObject({ version: '15.1.0', stderr: '' });
  });

  test('that cargo cannot install is left out with a reason', async () => {
    const cache = join(folder, 'never');
    expect(await find(programs('nothing', {}), { cache })).toMatchObject({
      why: 'it is not on the PATH, and cargo, which could install 15, is missing',
    });
    expect(await find(programs('failing', { cargo: 'exit 101' }), { cache })).toMatchObject({
      why: 'it is not on the PATH, and cargo could not install 15',
    });
  });
});

describe('the command line of the benchmark', () => {
  const bench = async (...args: string[]) => {
    const { status, stdout, stderr } = seen(await exec(process.execPath, [join(ROOT, 'bench/bench.mjs'), ...args]));
    return { status, stdout, message: stderr.split('\n')[0], usage: stderr.includes('npm run bench [-- OPTION...]') };
  };
  const refused = (message: string) => ({ status: 2, stdout: '', message, usage: true });

  test('refuses what it does not know', async () => {
    expect(await bench('--only', 'literal,nothing')).toEqual(
      refused(
        '--only: no "nothing"; there are count lines, literal, levels, status 5xx, quoted 5xx, no literal, 100 literals, every line, many files, start',
      ),
    );
    expect(await bench('--peers', 'rg')).toEqual(
      refused('--peers: no "rg"; there are patterns, ripgrep, GNU grep, Go, Node, Hyperscan, read limit'),
    );
    expect(await bench('--sizes', '1,x')).toEqual(refused('--sizes takes whole numbers from 1, not "1,x"'));
    expect(await bench('--runs', '0')).toEqual(refused('--runs takes whole numbers from 1, not "0"'));
    expect(await bench('--mib', '4', '--sizes', '1')).toEqual(refused('give one of --sizes, --mib, --file'));
    expect(await bench('--fast')).toEqual(refused("Unknown option '--fast'"));
  });
});
