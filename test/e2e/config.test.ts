import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { exec, HOST, host, inPairs, seen } from './command.js';

const scratch = makeScratch();
chmodSync(scratch, 0o755);
const isRoot = process.geteuid?.() === 0;
const NOBODY = 65534;
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', HOST] as const;
const noNobody =
  isRoot && spawnSync('setpriv', [...asNobody.slice(1), '--version']).status === 0
    ? ''
    : ' (skipped: that takes root, setpriv, and a folder that all may read)';

let number = 0;
/** A user with a home and a project of its own, and the command started there. */
function user(owner = 0) {
  const home = join(scratch, `${number++}`);
  const project = join(home, 'project');
  const own = join(home, '.config/plughost');
  for (const folder of [home, project, join(home, '.config'), own]) {
    mkdirSync(folder);
    if (owner > 0) chownSync(folder, owner, owner);
  }
  writeFileSync(join(project, 'log'), 'one\ntwo\nthree\n');
  const env = { HOME: home, XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' };
  const start = (args: string[], cwd: string, more: NodeJS.ProcessEnv = {}) => {
    const [program, ...before] = owner === NOBODY ? asNobody : [HOST];
    return exec(program, [...before, ...args], { cwd, env: { ...env, ...more } });
  };
  const write = (file: string, value: unknown) => {
    writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
    if (owner > 0) chownSync(file, owner, owner);
    return file;
  };
  return {
    home,
    project,
    config: join(project, 'host.config.json'),
    own: join(own, 'host.config.json'),
    trusted: join(home, '.local/state/plughost/trusted'),
    write,
    there: async (args: string[], cwd = project, more?: NodeJS.ProcessEnv) => seen(await start(args, cwd, more)),
  };
}

const LOG = 'one\ntwo\nthree\n';
const notUsed = (why: string) =>
  `host: host.config.json of this folder is not used: ${why}; or go without it: --no-config\n`;
const untrusted = notUsed('you have not trusted it; look at it, then: host trust');

/** A library whose constructor, when it is loaded, leaves a file. */
function leaves(folder: string, proof: string): string {
  const head = `#include <fcntl.h>
    __attribute__((constructor)) static void start(void) { open("${proof}", O_CREAT | O_WRONLY, 0600); }`;
  const filter = `static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *line, uint64_t len) { return 1; }
    static const plug_filter filter = {.size = sizeof filter, .match = match};`;
  const extension = 'return strcmp(id, PLUG_FILTER) == 0 ? &filter : NULL;';
  return compile(folder, 'contains', pluginSource({ head: `${head}\n${filter}`, extension }));
}

describe.skipIf(noCompiler)(
  `a configuration that nobody trusts${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    /** All that such a file could want, of a stranger who knows where the victim works. */
    function attack(home: string, project: string) {
      const [proof, victim] = [join(home, 'proof'), join(home, 'victim')];
      writeFileSync(victim, 'mine');
      leaves(project, proof);
      const wanted = {
        output: victim,
        'plugin-dir': project,
        'allow-writable': true,
        stages: [{ filter: './libcontains.so', isolate: false }],
      };
      return { wanted, harmed: () => existsSync(proof) || readFileSync(victim, 'utf8') !== 'mine' };
    }

    it.each([
      [
        'of a stranger',
        (config: string) => chownSync(config, 12345, 12345),
        'belongs to the user 12345, who is neither root nor you',
      ],
      ['that all may write', (config: string) => chmodSync(config, 0o666), 'may be written by everybody (mode 666)'],
      [
        'in a folder that all may write',
        (config: string) => chmodSync(join(config, '..'), 0o777),
        'may be written by everybody (mode 777)',
      ],
      [
        'in a folder of a stranger',
        (config: string) => chownSync(join(config, '..'), 12345, 12345),
        'belongs to the user 12345, who is neither root nor you',
      ],
      ['of the user', () => {}, ''],
    ])('%s changes nothing, and is told in one line', async (_, make, why) => {
      if (!isRoot && why.includes('12345')) return;
      const { home, project, config, write, there } = user();
      const { wanted, harmed } = attack(home, project);
      for (const value of [
        wanted,
        { output: wanted.output },
        { output: wanted.output, append: true },
        { ...wanted, sandbox: false },
      ]) {
        write(config, value);
        make(config);
        for (const args of [['log'], ['log', '--sandbox']]) {
          const outcome = await there(['run', ...args]);
          expect({ ...outcome, stderr: '' }).toEqual({ status: 0, stdout: LOG, stderr: '' });
          expect(outcome.stderr.split('\n')).toHaveLength(2);
          expect(outcome.stderr).toContain(why || untrusted);
          expect(harmed()).toBe(false);
        }
      }
      write(config, wanted);
      // The names on the command line are those of the built-in plugins.
      expect(await there(['run', 'log', '--filter', 'contains', '-p', 'text=t'])).toMatchObject({
        status: 0,
        stdout: 'two\nthree\n',
      });
      expect(harmed()).toBe(false);
      // Here it is meant, so that the attack is one.
      await there(['run', 'log', '--config', config, '--no-output']);
      expect(existsSync(join(home, 'proof'))).toBe(true);
    });

    it.skipIf(noNobody)(`does as little to a user who is not root${noNobody}`, async () => {
      const victim = user(NOBODY);
      const stranger = user(12345);
      const { wanted, harmed } = attack(victim.home, stranger.project);
      stranger.write(stranger.config, wanted);
      const outcome = await victim.there(['run', 'log'], stranger.project);
      expect(outcome).toMatchObject({ status: 0, stdout: LOG });
      expect(outcome.stderr).toMatch(
        /^host: host\.config\.json of this folder is not used: .* belongs to the user 12345/,
      );
      expect(harmed()).toBe(false);
      expect((await victim.there(['trust'], stranger.project)).status).toBe(2);
      expect((await victim.there(['run', 'log'], stranger.project)).stdout).toBe(LOG);
      // What root has trusted is not trusted by others.
      const root = user();
      root.write(root.config, { 'line-number': true });
      expect((await root.there(['trust'])).status).toBe(0);
      expect((await victim.there(['run', 'log'], root.project)).stderr).toBe(untrusted);
      expect((await root.there(['run', 'log'])).stdout).toBe('1:one\n2:two\n3:three\n');
    });

    it('is no reason to wait or to stop, whatever has its name', async () => {
      const { config, there, project } = user();
      const only = notUsed('it is no regular file; only a regular file is read');
      const makers: [make: () => unknown, told: string][] = [
        [() => execFileSync('mkfifo', [config]), only],
        [() => mkdirSync(config), only],
        [
          () => symlinkSync('/dev/zero', config),
          notUsed('it is a link; name the file that it leads to with --config FILE'),
        ],
        [
          () => symlinkSync('nowhere', config),
          notUsed('it is a link; name the file that it leads to with --config FILE'),
        ],
        [() => writeFileSync(config, '{', { mode: 0 }), untrusted],
        [() => writeFileSync(config, '\xff'.repeat(100)), untrusted],
      ];
      for (const [make, told] of makers) {
        make();
        expect(await there(['run', 'log'])).toEqual({ status: 0, stdout: LOG, stderr: told });
        expect(await there(['run', 'log', '--no-config'])).toEqual({ status: 0, stdout: LOG, stderr: '' });
        rmSync(config, { recursive: true });
      }
      const server = createServer();
      await new Promise<void>((listening) => server.listen(join(project, 'host.config.json'), listening));
      expect(await there(['run', 'log'])).toEqual({ status: 0, stdout: LOG, stderr: only });
      server.close();
    });

    it('is told to programs as JSON', async () => {
      const { config, there, write } = user();
      write(config, {});
      const { stderr } = await there(['run', 'log', '--json']);
      expect(JSON.parse(stderr)).toEqual({ type: 'warning', data: { message: untrusted.slice('host: '.length, -1) } });
    });
  },
);

describe('host trust', () => {
  it('lets the file be used as it is, until it changes', async () => {
    const { config, there, write, project } = user();
    write(config, { inputs: ['log'], stages: [{ filter: 'contains', params: { text: 'o' } }], 'line-number': true });
    expect(await there(['trust'])).toEqual({ status: 0, stdout: '', stderr: `${config}: trusted\n` });
    expect(await there(['run'])).toEqual({ status: 0, stdout: '1:one\n2:two\n', stderr: '' });
    expect((await there(['run', '--filter', 'contains', '-p', 'text=th'])).stdout).toBe('3:three\n');
    expect((await there(['run', '--no-line-number'])).stdout).toBe('one\ntwo\n');
    expect(await there(['trust', '--list'])).toEqual({ status: 0, stdout: `${config}  trusted\n`, stderr: '' });
    appendFileSync(config, ' ');
    const changed = {
      status: 2,
      stdout: '',
      stderr: `host: trust ${config}: it was changed since you trusted it\n      look at it, then: host trust; or go without it: --no-config\n`,
    };
    expect(await there(['run'])).toEqual(changed);
    expect((await there(['trust', '--list'])).stdout).toBe(`${config}  changed since\n`);
    expect((await there(['run', 'log', '--no-config'])).stdout).toBe(LOG);
    expect((await there(['trust', project], '/')).status).toBe(0);
    expect((await there(['run'])).stdout).toBe('1:one\n2:two\n');
    expect(await there(['trust', '--remove'])).toEqual({
      status: 0,
      stdout: '',
      stderr: `${config}: not trusted any more\n`,
    });
    expect(await there(['run', 'log'])).toEqual({ status: 0, stdout: LOG, stderr: untrusted });
    expect(await there(['trust', '--remove', config])).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: trust: ${config} is not trusted\n      see: host trust --list\n`,
    });
  });

  it('is of one path: a copy elsewhere must be trusted as well', async () => {
    const { config, there, write, home } = user();
    const other = join(home, 'other');
    mkdirSync(other);
    write(config, { count: true });
    write(join(other, 'host.config.json'), { count: true });
    writeFileSync(join(other, 'log'), LOG);
    await there(['trust']);
    expect(await there(['run', 'log'], other)).toEqual({ status: 0, stdout: LOG, stderr: untrusted });
    rmSync(join(other, 'host.config.json'));
    symlinkSync(config, join(other, 'host.config.json'));
    expect((await there(['run', 'log'], other)).stdout).toBe(LOG);
    // By a link to its folder it is the same path.
    symlinkSync(other, join(home, 'link'));
    rmSync(join(other, 'host.config.json'));
    write(join(other, 'host.config.json'), { count: true });
    expect((await there(['trust', join(home, 'link')])).stderr).toBe(`${join(other, 'host.config.json')}: trusted\n`);
    expect((await there(['run', 'log'], join(home, 'link'))).stdout).toBe('3\n');
  });

  it('refuses what could not be used, and what others may change', async () => {
    const { config, there, write, home, project, trusted } = user();
    const refused = async (stderr: string, ...args: string[]) =>
      expect(await there(['trust', ...args])).toEqual({ status: 2, stdout: '', stderr: `host: ${stderr}\n` });
    await refused(`read the configuration ${config}: no such file or directory`);
    write(config, { worker: 1 });
    await refused(`read the configuration ${config}: there is no worker\n      did you mean workers?`);
    write(config, { output: 'x' });
    await refused(
      `read the configuration ${config}: output: a file that nobody has named may not say this\n      say --output on the command line, or name the file there: --config ${config}`,
    );
    write(config, '{');
    expect((await there(['trust'])).stderr).toMatch(/^host: read the configuration .*JSON/);
    write(config, {});
    chmodSync(config, 0o646);
    await refused(
      `trust ${config}: ${config} may be written by everybody (mode 646)\n      if you mean it all the same, name it with --config FILE`,
    );
    const other = write(join(home, 'other.json'), {});
    await refused(
      `trust: ${other}: only a host.config.json is looked for, and needs to be trusted\n      any other file is named: host run --config FILE`,
      other,
    );
    rmSync(config);
    symlinkSync(other, config);
    await refused(`trust ${config}: it is a link\n      name the file that it leads to with --config FILE`);
    rmSync(config);
    execFileSync('mkfifo', [config]);
    await refused(`trust ${config}: it is no regular file\n      only a regular file is read`, project);
    expect(existsSync(trusted)).toBe(false);
  });

  it('keeps what is trusted where only the user may write, and believes nothing else', async () => {
    const { config, there, write, trusted } = user();
    write(config, { count: true });
    expect((await there(['trust'])).status).toBe(0);
    const [entry = ''] = readdirSync(trusted);
    expect([statSync(trusted).mode & 0o777, statSync(join(trusted, entry)).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(JSON.parse(readFileSync(join(trusted, entry), 'utf8'))).toEqual({
      plughost: 'trusted/1',
      path: config,
      sha256: createHash('sha256').update(readFileSync(config)).digest('hex'),
    });
    chmodSync(trusted, 0o777);
    expect(await there(['run', 'log'])).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: trust ${join(trusted, entry)}: ${trusted} may be written by everybody (mode 777)\n      mend it with: chmod go-w ${trusted}\n`,
    });
    expect((await there(['trust'])).status).toBe(2);
    chmodSync(trusted, 0o700);
    writeFileSync(join(trusted, entry), '{}');
    expect((await there(['run', 'log'])).stderr).toContain(`host: trust ${join(trusted, entry)}: it is damaged\n`);
    expect((await there(['trust'])).status).toBe(0);
    expect((await there(['run', 'log'])).stdout).toBe('3\n');
  });

  it('forgets nothing when many are trusted at once', async () => {
    const { home, there, write } = user();
    const folders = Array.from({ length: 8 }, (_, i) => join(home, `p${i}`));
    for (const folder of folders) {
      mkdirSync(folder);
      write(join(folder, 'host.config.json'), {});
    }
    await inPairs(folders, (folder) => there(['trust'], folder));
    const { stdout } = await there(['trust', '--list']);
    expect(stdout).toBe(folders.map((folder) => `${join(folder, 'host.config.json')}  trusted\n`).join(''));
    rmSync(folders[0] as string, { recursive: true });
    expect((await there(['trust', '--list'])).stdout).toContain('gone\n');
  });

  it('does not make a file say what none may say', async () => {
    const { config, there, write, trusted, home } = user();
    write(config, { count: true });
    await there(['trust']);
    const [entry = ''] = readdirSync(trusted);
    const victim = write(join(home, 'victim'), 'mine');
    write(config, { output: victim });
    const sha256 = createHash('sha256').update(readFileSync(config)).digest('hex');
    write(join(trusted, entry), { plughost: 'trusted/1', path: config, sha256 });
    expect((await there(['run', 'log'])).stderr).toContain('output: a file that nobody has named may not say this');
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });
});

describe("the user's own configuration", () => {
  it('is used everywhere, with paths from its folder', async () => {
    const { own, there, write, home } = user();
    write(own, { stages: [{ filter: 'contains', 'params-file': 'o.json' }] });
    write(join(own, '../o.json'), { text: 'o' });
    expect((await there(['run', 'log'])).stdout).toBe('one\ntwo\n');
    write(join(home, 'plughost'), '');
    expect((await there(['run', 'log'], undefined, { XDG_CONFIG_HOME: 'relative' })).stdout).toBe('one\ntwo\n');
    expect((await there(['run', 'log'], undefined, { XDG_CONFIG_HOME: '/nowhere' })).stdout).toBe(LOG);
    expect((await there(['run', 'log'], undefined, { HOME: '' })).status).toBe(0);
  });

  it('names itself in messages about what it says', async () => {
    const { own, there, write } = user();
    write(own, { stages: [{ filter: 'containz' }] });
    expect((await there(['run', 'log'])).stderr).toContain(`(set in ${own})\n      did you mean contains?\n`);
    write(own, { stages: [{ filter: 'contains', params: { txet: 'o' } }] });
    expect((await there(['run', 'log'])).stderr).toBe(
      `host: configure contains: there is no option "txet" (set in ${own})\n      did you mean text?\n`,
    );
    write(own, { 'require-lock': 'none.lock' });
    expect((await there(['run', 'log', '--filter', 'contains', '-p', 'text=o'])).stderr).toBe(
      `host: read the lock ${join(own, '../none.lock')}: no such file or directory (set in ${own})\n`,
    );
  });

  it('is not used when others may write it', async () => {
    const { own, there, write } = user();
    write(own, { count: true });
    chmodSync(own, 0o666);
    expect(await there(['run', 'log'])).toEqual({
      status: 0,
      stdout: LOG,
      stderr: `host: ${own} is not used: ${own} may be written by everybody (mode 666); mend it with: chmod go-w ${own}\n`,
    });
  });

  it.skipIf(noNobody)(`is none of anybody else whose home it is started with${noNobody}`, async () => {
    const root = user();
    const other = user(NOBODY);
    root.write(root.own, { count: true });
    chmodSync(join(root.home, '.config'), 0o700);
    other.write(other.own, { count: true });
    expect(await other.there(['run', 'log'], undefined, { HOME: root.home })).toEqual({
      status: 0,
      stdout: LOG,
      stderr: '',
    });
    // Nor can what is trusted there be looked at, or be written.
    chmodSync(root.home, 0o700);
    other.write(other.config, { count: true });
    const there = (...args: string[]) => other.there(args, undefined, { HOME: root.home });
    expect(await there('run', 'log')).toEqual({ status: 0, stdout: LOG, stderr: untrusted });
    expect((await there('trust')).stderr).toMatch(/^host: write .*: permission denied\n/);
    expect(await there('trust', '--list')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('permission denied'),
    });
    chmodSync(root.home, 0o755);
    rmSync(other.config);
    const { stdout, stderr } = await root.there(['run', 'log'], undefined, { HOME: other.home });
    expect([stdout, stderr]).toEqual([
      LOG,
      expect.stringContaining(`belongs to the user ${NOBODY}, who is neither root nor you`),
    ]);
  });
});

// A sanitizer needs what the sandbox refuses.
const sanitized = process.env.LD_PRELOAD !== undefined;

describe.skipIf(noCompiler || sanitized)(
  `a sandbox that the command line asks for${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    it('holds for a plugin that a configuration wants outside', async () => {
      const { home, project, config, there, write } = user();
      const proof = join(home, 'proof');
      leaves(project, proof);
      write(config, { stages: [{ filter: './libcontains.so', isolate: false }] });
      expect((await there(['trust'])).status).toBe(0);
      for (const named of [[], ['--config', config]]) {
        expect(await there(['run', 'log', '--sandbox', ...named])).toMatchObject({ status: 0, stdout: LOG });
        expect(existsSync(proof)).toBe(false);
      }
      expect((await there(['run', 'log'])).stdout).toBe(LOG);
      expect(existsSync(proof)).toBe(true);
    });
  },
);

it('host --help, and other commands, read no configuration', async () => {
  const { config, there, write } = user();
  write(config, '{');
  for (const args of [['--help'], ['list'], ['lock', '--help'], ['inspect', '--help'], ['completions', 'bash']]) {
    expect((await there(args)).stderr).toBe('');
  }
  expect((await host(['trust', '--help'])).stdout.toString()).toContain('host trust');
});
