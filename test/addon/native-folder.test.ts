import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

/** Writes the package.json of a package of a system, and returns its folder. */
function describePackage(name: string, more: object = {}): string {
  const folder = join(modules, name);
  mkdirSync(folder, { recursive: true });
  const manifest = { name, version: '0.1.0', exports: { './package.json': './package.json' }, ...more };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  return folder;
}

/** Installs the package of a system. Its native parts are those of the build, or a file that is none. */
function install(name: string, addon?: string): void {
  const folder = describePackage(name);
  if (addon === undefined) {
    for (const part of ['Release', 'plugins']) symlinkSync(join(buildFolder, part), join(folder, part));
    return;
  }
  mkdirSync(join(folder, 'Release'));
  writeFileSync(join(folder, 'Release/plughost.node'), addon);
}

const load = (env: NodeJS.ProcessEnv = {}, ...before: string[]) =>
  loadFile(join(buildFolder, 'plugins/libgreet.so'), env, ...before);

const loadFile = async (path: string, env: NodeJS.ProcessEnv = {}, ...before: string[]) => {
  const args = [...before, join(installed, 'bin/host.js'), 'load', path];
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

const noAdapter = existsSync(join(buildFolder, 'plugins/libscript.so')) ? '' : ' (skipped: libscript.so is not built)';

describe.skipIf(noAdapter)(`the adapter of a form${noAdapter}`, () => {
  const script = join(app, 'hi.js');
  const forms = own.replace('/', '/forms-');
  const said = { status: 0, stdout: 'hi\nHello from a script\n', stderr: '' };
  const missing = (what: string, hint: string) => ({
    status: 2,
    stdout: '',
    stderr: `host: load plugin ${script}: what runs plugins of the form script is missing: there is no ${what}\n      ${hint}\n`,
  });

  beforeEach(() => {
    writeFileSync(
      script,
      `/* plughost { "id": "org.example.hi", "name": "hi", "version": "1.0.0" } */
export default () => ({ run: () => 'Hello from a script' });
`,
    );
  });

  it('is in the package beside the one for this system', async () => {
    install(own);
    install(forms);
    expect(await loadFile(script)).toEqual(said);
    expect(await loadFile(script, { PLUGHOST_BUILD: join(modules, own) })).toEqual(said);
  });

  it('is for the C library of the addon', async () => {
    install(musl);
    install(forms, 'not this one');
    install(musl.replace('/', '/forms-'));
    expect(await loadFile(script)).toEqual(said);
  });

  it('is in the build that PLUGHOST_BUILD names, also if that is in a folder with a project of npm', async () => {
    const folder = join(app, 'project');
    mkdirSync(folder);
    for (const part of ['Release', 'plugins']) symlinkSync(join(buildFolder, part), join(folder, part));
    expect(await loadFile(script, { PLUGHOST_BUILD: folder })).toEqual(said);
    writeFileSync(join(folder, 'package.json'), '{ "name": "project" }');
    expect(await loadFile(script, { PLUGHOST_BUILD: folder })).toEqual(said);
  });

  it('is missing when its package is not installed, which the host says with the command that installs it', async () => {
    install(own);
    // Those of another version are beside the plugins, and are not taken.
    expect(existsSync(join(modules, own, 'plugins/libscript.so'))).toBe(true);
    expect(await load()).toEqual(greeting);
    expect(await loadFile(script)).toEqual(missing(`package ${forms}`, `install it with: npm install ${forms}@0.1.0`));
  });

  it('is missing in a package that was left without it, which the host says with the reason', async () => {
    install(own);
    const folder = describePackage(forms, { leftOut: { script: 'it is large' } });
    expect(await loadFile(script)).toEqual(
      missing(
        join(folder, 'plugins/libscript.so'),
        `${forms} does not contain it (it is large): build plughost from source, as docs/install.md describes`,
      ),
    );
  });

  it('is missing in a package that is damaged', async () => {
    install(own);
    const folder = describePackage(forms);
    expect(await loadFile(script)).toEqual(
      missing(join(folder, 'plugins/libscript.so'), `${forms} is damaged: delete node_modules and install again`),
    );
  });

  it('is missing in a build without cargo', async () => {
    const folder = join(app, 'built');
    mkdirSync(folder);
    symlinkSync(join(buildFolder, 'Release'), join(folder, 'Release'));
    expect(await loadFile(script, { PLUGHOST_BUILD: folder })).toEqual(
      missing(join(folder, 'plugins/libscript.so'), 'install cargo 1.85 or later, and build plughost again'),
    );
  });
});

const noRust = existsSync(join(buildFolder, 'plugins/libgreet-rust.so')) ? '' : ' (skipped: greet-rust is not built)';

describe.skipIf(noRust)(`a plugin of the second package for this system${noRust}`, () => {
  const forms = own.replace('/', '/forms-');
  const linkPlugins = (folder: string, ...names: string[]) => {
    mkdirSync(join(folder, 'plugins'));
    for (const name of names)
      symlinkSync(join(buildFolder, `plugins/lib${name}.so`), join(folder, `plugins/lib${name}.so`));
  };

  it('is found by its name, after those of the first package', async () => {
    const platform = describePackage(own, { further: ['greet-rust'] });
    symlinkSync(join(buildFolder, 'Release'), join(platform, 'Release'));
    linkPlugins(platform, 'greet');
    const plugins = join(platform, 'plugins');
    const command = `npm install ${forms}@0.1.0`;
    const lacks = {
      status: 2,
      stdout: '',
      stderr: `host: find plugin greet-rust: there is none in ${plugins}\n      install it with: ${command}\n`,
    };
    expect(await loadFile('greet-rust')).toEqual(lacks);
    linkPlugins(describePackage(forms), 'greet-rust', 'greet');
    expect(await loadFile('greet-rust')).toEqual({ status: 0, stdout: 'Greeting\nHello from Rust\n', stderr: '' });
    expect(await loadFile('greet')).toEqual(greeting);
    expect((await loadFile('greet-rest')).stderr).toContain('did you mean greet-rust?');
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

  it('when only the adapters for this system are there', async () => {
    writeManifest(own, own.replace('/', '/forms-'));
    install(own.replace('/', '/forms-'), '');
    expect((await load()).stderr).toContain(`${own} was left out, as --omit=optional`);
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
