import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { noPackages, tarball } from './packed.js';
import { Registry } from './registry.js';
import { LINTERS, noTools, tool } from './tools.js';

const scratch = makeScratch();
const registry = new Registry(join(scratch, 'registry'));
const why = noPackages || noTools;

describe.skipIf(why)(`the package${why}`, () => {
  it('has no fault that publint finds', async () => {
    expect(await tool('publint', LINTERS.publint(tarball()), scratch)).toEqual([
      0,
      expect.stringContaining('All good!'),
    ]);
  });

  it('has types that fit what each way of importing gets', async () => {
    const [status, text] = await tool('attw', [...LINTERS.attw(tarball()), '--format', 'json'], scratch);
    // A resolution that nobody uses any more does not know exports, and so no schema.
    const problems: Record<string, { resolutionKind?: string }[]> = JSON.parse(text).problems;
    const real = Object.entries(problems).filter(([, all]) => all.some((one) => one.resolutionKind !== 'node10'));
    expect([status, real.map(([name]) => name)]).toEqual([0, ['CJSResolvesToESM']]);
  });

  it.each([
    ['node16', 'node16', 'app.mts'],
    ['nodenext', 'nodenext', 'app.mts'],
    ['nodenext, from CommonJS', 'nodenext', 'app.cts'],
    ['bundler', 'bundler', 'app.mts'],
  ])('has types under moduleResolution %s', (_, moduleResolution, file) => {
    const folder = join(scratch, `types-${moduleResolution}-${file}`);
    mkdirSync(join(folder, 'node_modules/plughost'), { recursive: true });
    for (const name of ['zod', '@types'])
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    execFileSync('tar', ['-xzf', tarball(), '--strip-components=1', '-C', join(folder, 'node_modules/plughost')]);
    const code =
      "import { loadPlugin, type Plugin } from 'plughost';\nexport const plugin: Plugin = loadPlugin('greet');\n";
    writeFileSync(join(folder, file), `${code}// @ts-expect-error: it takes a path\nloadPlugin(1);\n`);
    const compilerOptions = {
      module: moduleResolution === 'bundler' ? 'esnext' : moduleResolution,
      moduleResolution,
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      strict: true,
      noEmit: true,
      types: ['node'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    expect(() => execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })).not.toThrow();
  });
});

describe.skipIf(why)(`other package managers${why}`, () => {
  beforeAll(async () => {
    mkdirSync(join(scratch, 'registry'));
    await registry.start();
  }, 60_000);
  afterAll(() => registry.stop());

  /** Makes a project with a program that imports plughost. */
  function project(name: string, files: Record<string, string> = {}): string {
    const folder = join(scratch, name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), '{ "name": "app", "private": true }');
    writeFileSync(
      join(folder, 'app.mjs'),
      `import { loadPlugin } from 'plughost';
for (const name of ['greet', './hi.js']) console.log(loadPlugin(name, { isolate: true }).run());
`,
    );
    writeFileSync(
      join(folder, 'hi.js'),
      `/* plughost { "id": "org.example.hi", "name": "hi", "version": "1.0.0" } */
export default () => ({ run: () => 'Hello from a script' });
`,
    );
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
    return folder;
  }

  const greeting = { status: 0, stdout: 'Hello from plugin\nHello from a script\n', stderr: '' };

  it('pnpm installs what works', async () => {
    const folder = project('pnpm', { '.npmrc': `registry=${registry.url}\n` });
    const env = { XDG_DATA_HOME: scratch, XDG_CACHE_HOME: scratch, XDG_STATE_HOME: scratch };
    expect(await tool('pnpm', ['add', 'plughost', '--store-dir', join(scratch, 'store')], folder, env)).toEqual([
      0,
      expect.any(String),
    ]);
    expect(existsSync(join(folder, 'node_modules/@plughost'))).toBe(false);
    expect(seen(await exec(process.execPath, ['app.mjs'], { cwd: folder }))).toEqual(greeting);
  });

  it.each(['node-modules', 'pnp'])('Yarn installs what works by its linker %s', async (nodeLinker) => {
    const settings = {
      nodeLinker,
      npmRegistryServer: registry.url.replace(/\/$/, ''),
      unsafeHttpWhitelist: ['127.0.0.1'],
      enableTelemetry: false,
      enableGlobalCache: false,
      // Versions of today are as good as old ones.
      npmMinimalAgeGate: 0,
    };
    const folder = project(`yarn-${nodeLinker}`, { '.yarnrc.yml': JSON.stringify(settings), 'yarn.lock': '' });
    const env = { YARN_GLOBAL_FOLDER: join(scratch, 'yarn') };
    expect(await tool('yarn', ['add', 'plughost'], folder, env)).toEqual([0, expect.any(String)]);
    const [status, text] = await tool('yarn', ['node', 'app.mjs'], folder, env);
    expect([status, text]).toEqual([0, greeting.stdout]);
  });

  it.each(['forks', 'threads'])('vitest runs tests that import it, in %s', async (pool) => {
    const test = `import { writeFileSync } from 'node:fs';
import { loadPlugin, run } from 'plughost';
import { expect, test } from 'vitest';
test('a plugin says hello', () => {
  expect(loadPlugin('greet').run()).toBe('Hello from plugin');
});
test('a filter keeps lines', async () => {
  writeFileSync('app.log', 'all is well\\nan ERROR\\nanother ERROR\\n');
  const contains = loadPlugin('contains', { needs: ['filter'], config: { text: 'ERROR' } });
  expect(await run(['app.log'], { stages: [{ filter: contains }], output: 'kept.log' })).toMatchObject({ kept: 2 });
});
`;
    const folder = project(`vitest-${pool}`, { 'app.test.mjs': test });
    const npm = { ...registry.settings, npm_config_cache: join(scratch, 'npm') };
    expect((await exec('npm', ['install', 'plughost'], { cwd: folder, env: npm })).status).toBe(0);
    symlinkSync(join(ROOT, 'node_modules/vitest'), join(folder, 'node_modules/vitest'));
    const args = ['node_modules/vitest/vitest.mjs', 'run', `--pool=${pool}`, '--reporter=json'];
    const { status, stdout, stderr } = seen(await exec(process.execPath, args, { cwd: folder }));
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ numTotalTests: 2, numPassedTests: 2 });
    expect(readFileSync(join(folder, 'kept.log'), 'utf8')).toBe('an ERROR\nanother ERROR\n');
  });
});
