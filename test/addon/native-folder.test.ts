import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { exec, ROOT, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

const scratch = makeScratch();
const app = join(scratch, 'app');
const modules = join(app, 'node_modules');
const installed = join(modules, 'plughost');
const own = `@plughost/linux-${process.arch}-gnu`;
const musl = `@plughost/linux-${process.arch}-musl`;
const other = `@plughost/linux-${process.arch === 'x64' ? 'arm64' : 'x64'}-gnu`;

/** Lays out the main package as npm installs it, with the real dist/ and without any package of a system. */
beforeEach(() => {
  rmSync(app, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  for (const part of ['bin', 'dist']) cpSync(join(ROOT, part), join(installed, part), { recursive: true });
  writeManifest(own, other);
  for (const name of ['koffi', '@koromix']) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
});

function writeManifest(...systems: string[]): void {
  const optionalDependencies = Object.fromEntries(systems.map((name) => [name, '0.1.0']));
  writeFileSync(
    join(installed, 'package.json'),
    JSON.stringify({ name: 'plughost', type: 'module', optionalDependencies }),
  );
}

/** Installs the package of a system. Its native parts are those of the build, or a file that is none. */
function install(name: string, addon?: string): void {
  const folder = join(modules, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name, exports: { './package.json': './package.json' } }),
  );
  if (addon === undefined) {
    for (const part of ['Release', 'plugins']) symlinkSync(join(buildFolder, part), join(folder, part));
    return;
  }
  mkdirSync(join(folder, 'Release'));
  writeFileSync(join(folder, 'Release/plughost.node'), addon);
}

const load = async (env: NodeJS.ProcessEnv = {}, ...before: string[]) => {
  const library = join(buildFolder, 'plugins/libgreet.so');
  const args = [...before, join(installed, 'bin/host.js'), 'load', library];
  return seen(await exec(process.execPath, args, { cwd: app, env: { PLUGHOST_BUILD: '', ...env } }));
};

const list = async () =>
  seen(
    await exec(process.execPath, [join(installed, 'bin/host.js'), 'list'], { cwd: app, env: { PLUGHOST_BUILD: '' } }),
  );

const greeting = { status: 0, stdout: 'Greeting\nHello from plugin\n', stderr: '' };

/** The message after which a hint follows, when nothing is found. */
const nothing = (hint: string) => ({
  status: 2,
  stdout: '',
  stderr: `host: load the native addon: there is none; tried 1. PLUGHOST_BUILD: it is not set; 2. there is no ${installed}/build/Release/plughost.node; 3. ${own}: it is not installed; 4. ${musl}: it is not installed\n      ${hint}\n`,
});

/** Makes the process believe that it is another one. */
function pretend(code: string): string {
  const file = join(app, 'pretend.cjs');
  writeFileSync(file, code);
  return file;
}

describe('the native parts', () => {
  it('are those of the package for this system', async () => {
    install(own);
    expect(await load()).toEqual(greeting);
  });

  it('are those of the other C library, when only these are installed', async () => {
    install(musl);
    expect(await load()).toEqual(greeting);
  });

  it('are those that fit the C library, when both are installed', async () => {
    install(own);
    install(musl, 'not for this one');
    expect(await load()).toEqual(greeting);
  });

  it('are those of a build in the package rather than those of the package for this system', async () => {
    install(own, 'not this one');
    symlinkSync(buildFolder, join(installed, 'build'));
    expect(await load()).toEqual(greeting);
  });

  it('are those in the folder that PLUGHOST_BUILD names, before all others', async () => {
    install(own, 'not this one');
    expect(await load({ PLUGHOST_BUILD: buildFolder })).toEqual(greeting);
    const none = join(app, 'none');
    expect(await load({ PLUGHOST_BUILD: none })).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: load the native addon: there is none; tried 1. PLUGHOST_BUILD: there is no ${none}/Release/plughost.node\n      set PLUGHOST_BUILD to the absolute path of a build, or unset it\n`,
    });
  });
});

describe('without native parts the host says what it tried and what to do', () => {
  it('when the package for this system was left out', async () => {
    expect(await load()).toEqual(
      nothing(
        `${own} was left out, as --omit=optional, --no-optional and a lock file of another system do: install again with: npm install --include=optional`,
      ),
    );
  });

  it('when node_modules comes from another system', async () => {
    install(other, '');
    expect(await load()).toEqual(
      nothing(
        `${other} is installed, and this is linux-${process.arch}: node_modules comes from another system; delete it and install here, or install with: npm install --ignore-scripts --os=linux --cpu=${process.arch}`,
      ),
    );
  });

  it('when there is no package for this processor', async () => {
    writeManifest(other);
    expect(await load()).toEqual(
      nothing(
        `there is no package for linux-${process.arch}: build plughost from source, as docs/install.md describes`,
      ),
    );
  });

  it('when this is not Linux', async () => {
    const file = pretend("Object.defineProperty(process, 'platform', { value: 'freebsd' });");
    const { status, stderr } = await load({}, '-r', file);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/\n +plughost runs on Linux only\n$/)]);
  });

  it('when the package is for glibc and this Node has another C library', async () => {
    install(own, 'no library');
    const file = pretend('process.report.getReport = () => ({ header: {} });');
    const { status, stderr } = await load({}, '-r', file);
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        new RegExp(
          `^host: load the native addon: .*/Release/plughost.node: .*\n +${own} is for glibc, and this system has another C library: install again with: npm install --libc=musl\n$`,
        ),
      ),
    ]);
  });

  it('when the package is for musl and this Node has glibc', async () => {
    install(musl, 'no library');
    expect((await load()).stderr).toContain(
      `${musl} is for musl, and this system has glibc: install again with: npm install --libc=glibc\n`,
    );
  });

  it('when glibc is too old', async () => {
    install(own, 'no library');
    const file = pretend("process.report.getReport = () => ({ header: { glibcVersionRuntime: '2.17' } });");
    expect((await load({}, '-r', file)).stderr).toContain(
      `${own} needs glibc 2.28 or later, and this system has 2.17\n`,
    );
  });

  it('when the package is damaged', async () => {
    install(own, 'no library');
    expect((await load()).stderr).toContain(`${own} is damaged: delete node_modules and install again\n`);
  });

  // The system opens a file that was cut off, and ends the process by SIGBUS when it uses what is missing.
  it.each([
    ['half of it', (size: number) => size / 2],
    ['all but its last byte', (size: number) => size - 1],
    ['its first bytes', () => 40],
    ['nothing', () => 0],
  ])('when the addon was cut off and has %s', async (_, left) => {
    install(own, '');
    const addon = join(modules, own, 'Release/plughost.node');
    const whole = readFileSync(join(buildFolder, 'Release/plughost.node'));
    const length = Math.floor(left(whole.length));
    const cutOff = `the file is cut off: it has ${length} ${length < 64 ? 'bytes' : `of ${whole.length} bytes`}`;
    writeFileSync(addon, whole.subarray(0, length));
    expect(await load()).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: load the native addon: ${addon}: ${cutOff}\n      ${own} is damaged: delete node_modules and install again\n`,
    });
  });

  it('when the addon of a build was cut off, which the next build would take for finished', async () => {
    const build = join(app, 'built');
    mkdirSync(join(build, 'Release'), { recursive: true });
    writeFileSync(join(build, 'Release/plughost.node'), '');
    const { status, stderr } = await load({ PLUGHOST_BUILD: build });
    expect([status, stderr]).toEqual([
      2,
      `host: load the native addon: ${build}/Release/plughost.node: the file is cut off: it has 0 bytes\n      delete it, and build it for this system\n`,
    ]);
  });

  it('when the package has no addon', async () => {
    install(own, 'no library');
    rmSync(join(modules, own, 'Release/plughost.node'));
    expect((await load()).stderr).toContain(`${own} is damaged: delete node_modules and install again\n`);
  });

  it('when the plugins are listed, which are missing with them', async () => {
    const { status, stdout, stderr } = await list();
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`${own} was left out`);
  });

  it('when a bundle contains plughost and its packages are elsewhere', async () => {
    const { build } = await import('esbuild');
    const entry = join(app, 'app.mjs');
    writeFileSync(entry, "import { loadPlugin } from 'plughost'; console.log(loadPlugin(process.argv[2]).run());");
    writeFileSync(
      join(installed, 'package.json'),
      JSON.stringify({ name: 'plughost', type: 'module', exports: './dist/index.js' }),
    );
    const outfile = join(scratch, 'elsewhere/dist/out.mjs');
    await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm' });
    const { status, stderr } = await exec(process.execPath, [outfile, './x.so'], { env: { PLUGHOST_BUILD: '' } });
    expect(status).toBe(1);
    expect(stderr).toContain(
      "hint: 'this bundle contains the code of plughost, and its packages are not installed where the bundle is: keep plughost out of the bundle (esbuild: --external:plughost), and install it there'",
    );
  });
});
