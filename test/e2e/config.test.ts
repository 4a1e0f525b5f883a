import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noCompiler } from '../helpers/compile.js';
import { host } from './command.js';
import { isRoot, LOG, leaves, NOBODY, noNobody, notUsed, untrusted, user } from './user.js';

describe.skipIf(noCompiler)(
  `a configuration that nobody trusts${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    /** Everything harmful that a configuration could set, by an attacker who knows the victim's folder. */
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
    ])('%s changes nothing, and one line reports it', async (_, make, why) => {
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
      // Names on the command line still mean the built-in plugins.
      expect(await there(['run', 'log', '--filter', 'contains', '-p', 'text=t'])).toMatchObject({
        status: 0,
        stdout: 'two\nthree\n',
      });
      expect(harmed()).toBe(false);
      // Naming the file makes the attack work, so the test can fail.
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
      // Root's trust does not count for other users.
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

    it('is reported as JSON with --json', async () => {
      const { config, there, write } = user();
      write(config, {});
      const { stderr } = await there(['run', 'log', '--json']);
      expect(JSON.parse(stderr)).toEqual({ type: 'warning', data: { message: untrusted.slice('host: '.length, -1) } });
    });
  },
);
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
    expect((await there(['run', 'log'])).stderr).toContain(
      `(set in ${own})\n      did you mean contains? filters are contains, `,
    );
    write(own, { stages: [{ filter: 'contains', params: { txet: 'o' } }] });
    expect((await there(['run', 'log'])).stderr).toBe(
      `host: configure contains: there is no option "txet" (set in ${own})\n      did you mean text?\n`,
    );
    write(own, { 'require-lock': 'none.lock' });
    expect((await there(['run', 'log', '--filter', 'contains', '-p', 'text=o'])).stderr).toBe(
      `host: read the lock ${join(own, '../none.lock')}: no such file or directory (set in ${own})\n`,
    );
  });

  it.each<[object, string]>([
    [{ columns: 'lin' }, 'run: --columns: line has no column lin'],
    [{ stages: [{ aggregate: 'count', by: ['lin'] }] }, 'run: --by lin: line has no column lin'],
    [{ stages: [{ aggregate: 'count', by: ['length:x'] }] }, 'run: --by length:x: x is no step of length'],
    [{ stages: [{ aggregate: 'count', sort: ['-n'] }] }, 'run: --sort -n: the answer has no such column'],
    [{ stages: [{ aggregate: 'count', by: ['line', 'line'] }] }, 'run: two columns of the answer are called line'],
    [{ stages: [{ parse: 'line' }, { aggregate: 'count' }] }, 'run: --parse line: nothing reads its columns'],
    [{ since: '2025-01-02', until: '2025-01-01' }, 'run: --until 2025-01-01: it is not after --since 2025-01-02'],
    [{ since: '1h', 'time-column': 'tim' }, 'run: --time-column tim: line has no column tim'],
  ])('names itself in messages about rows: %j', async (given, message) => {
    const { own, there, write } = user();
    const { stages = [], ...more } = given as { stages?: object[] };
    write(own, { stages: [{ parse: 'line' }, ...stages], ...more });
    const { status, stdout, stderr } = await there(['run', 'log']);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`host: ${message} (set in ${own})\n`);
  });

  it('gives columns to runs that write rows, and says what does not go with them', async () => {
    const { own, there, write } = user();
    write(own, { stages: [{ parse: 'line' }], columns: 'length' });
    expect(await there(['run', 'log', '-m', '1'])).toEqual({ status: 0, stdout: 'length\n3\n', stderr: '' });
    expect(await there(['run', 'log', '-c'])).toEqual({ status: 0, stdout: '3\n', stderr: '' });
    for (const [flag, is] of [
      ['-l', '-l and -L are'],
      ['-C1', '-A, -B and -C are'],
    ] as const)
      expect((await there(['run', 'log', flag])).stderr).toContain(
        `host: run: ${is} about lines, and --columns prints rows (set in ${own})\n      without --columns they print`,
      );
    const { stderr } = await there(['run', 'log', '--aggregate', 'count']);
    expect(stderr).toBe(
      `host: run: count reads columns, and no parser gives them\n      name a parser before it: --parse access; the stages of ${own} do not count beside those of the command line\n`,
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
    // The records of trust there can be neither read nor written.
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

// The sandbox refuses what a sanitizer needs.
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
  expect((await host(['trust', '--help'])).stdout.toString()).toContain('plughost trust');
});
