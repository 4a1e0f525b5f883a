import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { blocksBelow } from '../helpers/pages.js';
import { noPackages, own, tarball, version } from './packed.js';
import { Registry } from './registry.js';
import { noBubblewrap, stranger } from './stranger.js';

const scratch = makeScratch();
const registry = new Registry(join(scratch, 'registry'));
const home = join(scratch, 'home');
const other = `linux-${process.arch === 'x64' ? 'arm64' : 'x64'}-gnu`;
const why = noPackages || noBubblewrap;

/** Why a project cannot deny scripts here; empty when it can. A setting of that name tells it. */
const noAllowScripts =
  execFileSync('npm', ['config', 'get', 'strict-allow-scripts'], { encoding: 'utf8' }) === 'false\n'
    ? ''
    : ' (skipped: this npm does not know allowScripts)';

const run = async (script: string, folder = home) => seen(await stranger(folder, script, registry.settings));

/** Installs with npm. Its error log is a part of what is compared, to be seen after a failure. */
async function install(what: string, folder: string): Promise<void> {
  const { status, stderr } = await run(`npm install ${what}`, folder);
  expect([status, stderr.split('\n').filter((line) => line.startsWith('npm error'))]).toEqual([0, []]);
}

const fresh = (name: string): string => {
  const folder = join(scratch, name);
  mkdirSync(folder);
  return folder;
};

/** A script and rules, which keep the same lines. */
const SCRIPT = `/* plughost { "id": "org.example.hi", "name": "hi", "version": "1.0.0" } */
export default () => ({ filter: (line) => line.includes('Googlebot'), run: () => 'Hello from a script' });
`;
const RULES = JSON.stringify({
  rules: 1,
  id: 'org.example.robots',
  name: 'robots',
  version: '1.0.0',
  keep: { text: 'Googlebot' },
});

/** Code that uses both packages of the system. */
const GREET = "console.log(['greet', './hi.js'].map((name) => loadPlugin(name).run()).join(', '));";

const systemsIn = (folder: string) => readdirSync(join(folder, 'node_modules/@plughost')).sort();

beforeAll(async () => {
  if (why) return;
  for (const name of ['registry', 'home']) mkdirSync(join(scratch, name));
  await registry.start();
}, 60_000);
afterAll(() => registry.stop());

describe.skipIf(why)(`an installed plughost, where there is no compiler${why}`, () => {
  beforeAll(async () => {
    copyFileSync(join(ROOT, 'samples/access.log'), join(home, 'access.log'));
    writeFileSync(join(home, 'hi.js'), SCRIPT);
    writeFileSync(join(home, 'robots.rules.json'), RULES);
    await install('plughost', home);
  }, 60_000);

  it('has the packages of its system and no other, and no script', () => {
    expect(systemsIn(home)).toEqual([`forms-${own}`, own]);
    expect(registry.fetched.filter((name) => name.startsWith('@plughost/')).sort()).toEqual([
      `@plughost/forms-${own}`,
      `@plughost/${own}`,
    ]);
    const { packages } = JSON.parse(readFileSync(join(home, 'node_modules/.package-lock.json'), 'utf8'));
    const scripted = Object.entries<{ hasInstallScript?: boolean }>(packages).filter(([, one]) => one.hasInstallScript);
    expect(scripted.map(([name]) => name).filter((name) => name.includes('plughost'))).toEqual([]);
  });

  it('tells its version', async () => {
    expect(await run('npx plughost --version')).toEqual({ status: 0, stdout: `plughost ${version}\n`, stderr: '' });
  });

  it('loads a plugin in C and one in Rust', async () => {
    const folder = `node_modules/@plughost/${own}/plugins`;
    const further = `node_modules/@plughost/forms-${own}/plugins`;
    expect(await run(`plughost load ${folder}/libgreet.so ${further}/libgreet-rust.so`)).toEqual({
      status: 0,
      stdout: 'Greeting\nHello from plugin\nGreeting\nHello from Rust\n',
      stderr: '',
    });
  });

  it.each([
    ['in the process', ''],
    ['isolated', '--isolate'],
    ['sandboxed', '--isolate --sandbox'],
  ])('runs filters in C and Rust %s', async (_, flags) => {
    const filter = "--filter contains -p text=Googlebot --filter regex -p 'pattern=\" 4\\d\\d '";
    const { status, stdout, stderr } = await run(`plughost run access.log ${flags} ${filter} --count`);
    const lines = readFileSync(join(home, 'access.log'), 'utf8').split('\n');
    const kept = lines.filter((line) => line.includes('Googlebot') && /" 4\d\d /.test(line));
    expect(kept.length).toBeGreaterThan(0);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${kept.length}\n`, stderr: '' });
  });

  it.each([
    ['in the process', ''],
    ['isolated', '--isolate'],
    ['sandboxed', '--isolate --sandbox'],
  ])('runs a script and rules %s', async (_, flags) => {
    const kept = await run('plughost run access.log --filter contains -p text=Googlebot');
    expect(kept.stdout.length).toBeGreaterThan(1000);
    for (const filter of ['./hi.js', './robots.rules.json'])
      expect(await run(`plughost run access.log ${flags} --filter ${filter}`)).toEqual(kept);
  });

  it.each(['gzip', 'zstd', 'xz', 'bzip2'])('reads %s', async (tool) => {
    const path = join(home, `access.${tool}`);
    writeFileSync(path, execFileSync(tool, ['-c', join(home, 'access.log')], { maxBuffer: 1 << 26 }));
    const plain = await run('plughost run access.log --filter contains -p text=Googlebot');
    expect(plain.stdout.length).toBeGreaterThan(1000);
    expect(await run(`plughost run access.${tool} --filter contains -p text=Googlebot`)).toEqual(plain);
  });

  it('lists its plugins, and says which it has not', async () => {
    const { status, stdout } = await run('plughost list --json');
    const names = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).name);
    const built = [
      'access',
      'contains',
      'count',
      'csv',
      'delimited',
      'distinct',
      'duckdb',
      'first',
      'greet',
      'greet-direct',
      'jsonl',
      'last',
      'line',
      'logfmt',
      'noop',
      'quantiles',
      'redact',
      'regex',
      'stats',
      'syslog',
      'table',
      'greet-rust',
      'json',
      'where',
    ];
    expect([status, names]).toEqual([0, built]);
    expect((await run('plughost list')).stderr).toBe(
      'not in the package: patterns (it needs Hyperscan); docs/install.md says how to build it\n',
    );
  });

  it.each([
    ['import', 'app.mjs', `import { loadPlugin } from 'plughost'; ${GREET}`],
    ['require', 'app.cjs', `const { loadPlugin } = require('plughost'); ${GREET}`],
    [
      'a worker thread',
      'worker.mjs',
      `import { isMainThread, Worker } from 'node:worker_threads';
import { loadPlugin } from 'plughost';
if (isMainThread) new Worker(new URL(import.meta.url));
else ${GREET}`,
    ],
  ])('is a library by %s', async (_, file, code) => {
    writeFileSync(join(home, file), code);
    expect(await run(`node --disable-warning=ExperimentalWarning ${file}`)).toEqual({
      status: 0,
      stdout: 'Hello from plugin, Hello from a script\n',
      stderr: '',
    });
  });

  it.each([
    ['outside of', 'esm', ['plughost']],
    ['outside of', 'cjs', ['plughost']],
    ['inside of', 'esm', []],
    ['inside of', 'cjs', []],
  ] as const)('works %s a bundle (%s)', async (where, format, external) => {
    const entry = join(home, 'entry.mjs');
    writeFileSync(entry, `import { loadPlugin } from 'plughost'; ${GREET}`);
    const name = `${where.slice(0, 2)}-${format}.${format === 'esm' ? 'mjs' : 'cjs'}`;
    await build({
      entryPoints: [entry],
      outfile: join(home, 'out', name),
      bundle: true,
      platform: 'node',
      format,
      external: [...external],
      logLevel: 'error',
    });
    expect(await run(`node --disable-warning=ExperimentalWarning out/${name}`)).toEqual({
      status: 0,
      stdout: 'Hello from plugin, Hello from a script\n',
      stderr: '',
    });
  });
});

describe.skipIf(why)(`npm${why}`, () => {
  it('installs the package of another system when it is asked to', async () => {
    const folder = fresh('elsewhere');
    // The script of koffi would compile it, because its binary is not for this system.
    await install(`plughost --ignore-scripts --os=linux --cpu=${process.arch === 'x64' ? 'arm64' : 'x64'}`, folder);
    expect(systemsIn(folder)).toEqual([`forms-${other}`, other]);
    expect((await run('plughost load ./x.so', folder)).stderr).toContain(
      `@plughost/${other} is installed, and this is linux-${process.arch}: node_modules comes from another system;`,
    );
  });

  it('leaves the packages of the system out when it is asked to, and plughost says so', async () => {
    const folder = fresh('omitted');
    await install('plughost --ignore-scripts --omit=optional', folder);
    expect(existsSync(join(folder, 'node_modules/@plughost'))).toBe(false);
    const { status, stderr } = await run('plughost load ./x.so', folder);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining(`@plughost/${own} was left out, as --omit=optional, --no-optional`),
    ]);
  });

  it.skipIf(noAllowScripts)(`runs no script of koffi that the project denies${noAllowScripts}`, async () => {
    const folder = fresh('denied');
    const [block] = blocksBelow('docs/install.md', "koffi's install script");
    writeFileSync(join(folder, 'package.json'), block?.text ?? '');
    // Here the script would fail, because it finds neither the binary of koffi nor CMake.
    expect(await run('npm install plughost --omit=optional', folder)).toMatchObject({ status: 0, stderr: '' });
    expect(await run('npm install plughost --include=optional', folder)).toMatchObject({ status: 0, stderr: '' });
    expect((await run('plughost load greet', folder)).stdout).toBe('Greeting\nHello from plugin\n');
  });

  it('installs the tarballs alone', async () => {
    const folder = fresh('tarballs');
    for (const path of [tarball(), tarball(own), tarball(`forms-${own}`)])
      copyFileSync(path, join(folder, path.slice(path.lastIndexOf('/') + 1)));
    const before = registry.fetched.length;
    await install('./*.tgz', folder);
    expect(registry.fetched.slice(before).filter((name) => name.includes('plughost'))).toEqual([]);
    expect(await run('plughost --version', folder)).toEqual({ status: 0, stdout: `plughost ${version}\n`, stderr: '' });
  });

  it('installs the package with the adapters by the command that plughost names when it is missing', async () => {
    const folder = fresh('without-forms');
    await install('plughost', folder);
    rmSync(join(folder, `node_modules/@plughost/forms-${own}`), { recursive: true });
    writeFileSync(join(folder, 'hi.js'), SCRIPT);
    const command = `npm install @plughost/forms-${own}@${version}`;
    expect(await run('plughost load greet', folder)).toMatchObject({ status: 0, stderr: '' });
    expect(await run('plughost load ./hi.js', folder)).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: load plugin /home/stranger/hi.js: what runs plugins of the form script is missing: there is no package @plughost/forms-${own}\n      install it with: ${command}\n`,
    });
    expect(await run('plughost run ./hi.js --parse json --columns a', folder)).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: find plugin json: there is none in /home/stranger/node_modules/@plughost/${own}/plugins\n      install it with: ${command}\n`,
    });
    expect(await run(command, folder)).toMatchObject({ status: 0 });
    const json = await run(`echo '{"a":7}' | plughost run --parse json --columns a`, folder);
    expect(json).toEqual({ status: 0, stdout: 'a\n7\n', stderr: '' });
    expect(await run('plughost load ./hi.js', folder)).toMatchObject({
      status: 0,
      stdout: 'hi\nHello from a script\n',
    });
  });
});
