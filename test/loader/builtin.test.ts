import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addon, buildFolder } from '../../src/addon.js';
import { loadPlugin, lockEntryOf } from '../../src/index.js';
import { builtIn, host, inPairs, ROOT, seen } from '../e2e/command.js';
import { realLogs, writeHostileLogs } from '../e2e/logs.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { misbehaving } from '../misbehaving/faults.js';

const scratch = makeScratch();
const linked = addon()
  .builtin()
  .map(({ name }) => name);
// A build that links plugins statically takes minutes:
// PLUGHOST_BUILD=build/static npm run build -- '--CDPLUGHOST_STATIC_PLUGINS=contains;greet-direct;jsonl;misbehaving;redact;regex'
const without =
  linked.length > 0 ? '' : ' (skipped: no plugin is linked into this build, see -DPLUGHOST_STATIC_PLUGINS)';
const RUNNER = join(buildFolder, 'Release/plughost-runner');
const ADDON = join(buildFolder, 'Release/plughost.node');

const PLACES = [[], ['--isolate'], ['--sandbox']] as const;

/** Arguments that use every plugin for what it is made for. */
const USES: Record<string, string[]> = {
  contains: ['--filter', 'contains', '-p', 'text=e'],
  jsonl: ['--export', 'jsonl', '-p', 'line=true', '-p', 'file=true'],
  redact: ['--transform', 'redact'],
  regex: ['--filter', 'regex', '-p', 'pattern=[0-9a-f]{3,}\\s'],
};

describe.skipIf(without)(`a plugin that is linked into the host${without}`, () => {
  const logs = [join(ROOT, 'samples/access.log'), ...realLogs(), ...writeHostileLogs(scratch)];

  it.each(Object.keys(USES).filter((name) => linked.includes(name)))(
    '%s answers with the bytes of its library, in the process, isolated and sandboxed',
    async (name) => {
      const use = USES[name] as string[];
      const as = (source: string) => use.map((word) => (word === name ? source : word));
      const [library, ...others] = await inPairs(
        [builtIn(name), `builtin:${name}`].flatMap((source) => PLACES.map((place) => [...as(source), ...place])),
        async (args) => seen(await host(['run', ...logs, ...args])),
      );
      expect(library).toMatchObject({ status: 0, stderr: '' });
      expect(library?.stdout.length).toBeGreaterThan(1000);
      for (const other of others) expect(other).toEqual(library);
    },
  );

  it('that crashes isolated costs the line that it crashed at, in filters, transforms and exporters', async () => {
    const log = join(scratch, 'poison.log');
    writeFileSync(log, 'one\ntwo\nPOISON\nfour\n');
    const fault = ['-p', 'fault=abort'];
    for (const [flag, at] of [
      ['--filter', 'filter'],
      ['--transform', 'transform'],
      ['--export', 'exporter'],
    ] as const) {
      const args = (source: string) => ['run', log, flag, source, ...fault, '-p', `at=${at}`, '--isolate'];
      const [asLibrary, asPart] = await inPairs([misbehaving(''), 'builtin:misbehaving'], async (source) =>
        seen(await host(args(source))),
      );
      expect(asPart).toMatchObject({ status: asLibrary?.status, stdout: asLibrary?.stdout });
      expect(asPart?.stderr).toMatch(/it crashed with SIGABRT/);
      expect(asPart?.stderr).toMatch(/poison\.log, line 3, byte 8/);
    }
  });

  it('is found after the folders, by its name and as builtin:NAME', async () => {
    const folder = join(scratch, 'empty');
    mkdirSync(folder, { recursive: true });
    const native = { PLUGHOST_BUILD: lonelyBuild() };
    const bare = seen(await host(['load', 'greet-direct'], { env: native }));
    expect(bare).toEqual({ status: 0, stdout: 'Greeting\nHello from a data object\n', stderr: '' });
    const listed = seen(await host(['list', '--json']))
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const found = listed
      .filter(({ name }) => name === 'contains')
      .map(({ form, path, shadowedBy }) => [form, path, shadowedBy]);
    expect(found).toEqual([
      ['native', builtIn('contains'), undefined],
      ['builtin', 'builtin:contains', builtIn('contains')],
    ]);
    const table = seen(await host(['list'], { env: native }));
    expect(table.status).toBe(0);
    expect(table.stdout).toMatch(/^builtin:\n/);
    expect(table.stdout).toMatch(/contains +\d\S* +filter +builtin +Keeps/);
  });

  it('that does not exist is refused with the nearest one', async () => {
    expect(thrown(() => loadPlugin('builtin:contians'))).toMatchObject({
      code: 'ERR_PLUGIN_NOT_FOUND',
      message: 'find plugin builtin:contians: there is none in plughost itself',
      hint: 'did you mean builtin:contains?',
    });
    // Never a path, even if there is such a file.
    const folder = join(scratch, 'builtin:');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'x'), '');
    const { status, stderr } = seen(await host(['load', 'builtin:/x'], { cwd: scratch }));
    expect(status).toBe(2);
    expect(stderr).toContain('find plugin builtin:/x: there is none in plughost itself');
  });

  it('that is a data object has one instance at a time', () => {
    using first = loadPlugin('builtin:greet-direct');
    expect(first).toMatchObject({ form: 'builtin', path: 'builtin:greet-direct', library: undefined, isolated: false });
    expect(thrown(() => loadPlugin('builtin:greet-direct'))).toMatchObject({ code: 'ERR_PLUGIN_SHARED' });
    using apart = loadPlugin('builtin:greet-direct', { isolate: true, allowDuplicate: true });
    expect(apart.run()).toBe(first.run());
  });

  it('has the options of its manifest, and shows them without being run', async () => {
    const refused = thrown(() => loadPlugin('builtin:contains', { config: { texd: 'x' } }));
    expect(refused).toMatchObject({ code: 'ERR_CONFIG', hint: 'did you mean text?' });
    const { status, stdout } = seen(await host(['inspect', 'builtin:contains']));
    expect(status).toBe(0);
    expect(stdout).toMatch(/^builtin:contains\n +format +builtin\n +plugin +contains /);
    expect(stdout).toMatch(/text +string +required/);
    expect(stdout).toContain(`plughost.node, sha256 ${sha256(ADDON)}`);
    const help = seen(await host(['run', '--filter', 'builtin:contains', '--help'])).stdout;
    expect(help).toContain('-p text=STRING');
  });

  it('is locked by the bytes of the addon and the runner', async () => {
    const entry = lockEntryOf('builtin:contains');
    expect(entry).toMatchObject({
      id: 'org.plughost.contains',
      file: 'builtin:contains',
      sha256: sha256(ADDON),
      needed: [{ name: 'plughost-runner', sha256: sha256(RUNNER) }],
    });
    const lock = { path: 'plugins.lock', plugins: [entry] };
    const config = { text: 'x' };
    loadPlugin('builtin:contains', { lock, config }).close();
    const other = { path: 'plugins.lock', plugins: [lockEntryOf(builtIn('contains'))] };
    expect(thrown(() => loadPlugin('builtin:contains', { lock: other, config }))).toMatchObject({ code: 'ERR_LOCK' });
    const file = join(scratch, 'plugins.lock');
    expect(seen(await host(['lock', 'builtin:contains', '-o', file])).status).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8')).plugins).toEqual([entry]);
    expect(seen(await host(['lock', '--check', 'builtin:contains', '-o', file]))).toMatchObject({ status: 0 });
  });

  it('shows no symbol of its own to the rest of the addon and of the runner', () => {
    for (const name of linked) {
      const object = join(buildFolder, 'native/builtin', `${idOf(name)}.o`);
      const { stdout } = spawnSync('nm', ['--defined-only', '--extern-only', '--format=just-symbols', object]);
      const symbols = stdout.toString().trim().split('\n').sort();
      expect(symbols).toEqual([`plug_static_${idOf(name)}_NewPlugin`, `plug_static_${idOf(name)}_manifest`]);
    }
    const exported = spawnSync('nm', ['-D', '--defined-only', '--format=just-symbols', ADDON]).stdout.toString();
    expect(exported).not.toContain('plug_static_');
  });
});

describe.skipIf(!without)('a host without plugins of its own', () => {
  it('says so', () => {
    expect(thrown(() => loadPlugin('builtin:contains'))).toMatchObject({
      code: 'ERR_PLUGIN_NOT_FOUND',
      hint: 'none is linked in: see docs/install.md',
    });
  });
});

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Returns the name of a plugin as its symbols have it; those in Rust are named by their crates. */
const idOf = (name: string) => (name === 'regex' ? 'regex_plugin' : name.replaceAll('-', '_'));

/** Makes a folder with the addon and the runner, and no plugins. */
function lonelyBuild(): string {
  const folder = join(scratch, 'lonely');
  mkdirSync(join(folder, 'Release'), { recursive: true });
  for (const file of [ADDON, RUNNER]) spawnSync('ln', ['-sf', file, join(folder, 'Release')]);
  return folder;
}
