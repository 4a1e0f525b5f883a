import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFolder } from '../../../src/addon.js';
import { makeScratch, noCompiler } from '../../helpers/compile.js';
import { Drill } from '../../misbehaving/drill.js';
import { misbehaving } from '../../misbehaving/faults.js';
import { builtIn, exec, HOST, host, ROOT, seen } from '../command.js';

const sanitized = process.env.LD_PRELOAD !== undefined;
const skipped = noCompiler ?? (sanitized ? 'a sanitizer needs what is refused here' : undefined);
const folder = makeScratch();
const refuse = join(folder, 'refuse');
const LIBRARY = join(ROOT, 'dist/index.js');
const RUNNER = join(buildFolder, 'Release/plughost-runner');

/** Runs shell commands and then a script that uses the library. Returns the JSON that the script prints. */
async function script(source: string, before: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const file = join(folder, 'script.mjs');
  writeFileSync(file, `import { loadPlugin, run } from ${JSON.stringify(LIBRARY)};\n${source}`);
  const [program, ...args] = [...before, process.execPath, file];
  const outcome = await exec(program as string, args, { env });
  expect(outcome.stderr).toBe('');
  return JSON.parse(outcome.stdout.toString());
}

const GREET = JSON.stringify(builtIn('greet'));

/** Script: returns the descriptors, threads and children of a process. */
const BELONGINGS = `
import { readdirSync, readFileSync } from 'node:fs';
const belongings = () => ({
  descriptors: readdirSync('/proc/self/fd').length,
  threads: readdirSync('/proc/self/task').length,
  children: readdirSync('/proc/self/task').flatMap((task) => {
    try { return readFileSync('/proc/self/task/' + task + '/children', 'latin1').trim().split(' ').filter(Boolean); } catch { return []; }
  }).length,
});
const attempt = (load) => { try { load(); return null; } catch ({ code, errno, message, hint }) { return { code, errno, message, hint }; } };
// The first start also makes the threads that stay until the process ends.
loadPlugin(${GREET}, { isolate: true }).close();
const settled = async (wanted) => {
  for (let i = 0; i < 500 && JSON.stringify(belongings()) !== JSON.stringify(wanted); i++) await new Promise((done) => setTimeout(done, 10));
  return belongings();
};
await new Promise((done) => setTimeout(done, 100));
`;

describe.skipIf(skipped)(
  `where the system refuses what isolation uses${skipped ? ` (skipped: ${skipped})` : ''}`,
  () => {
    beforeAll(() => {
      execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-o', refuse, join(ROOT, 'test/helpers/refuse.c')]);
    });

    describe.each(['pidfd_open=ENOSYS', 'pidfd_open=EMFILE'])('%s', (rule) => {
      it('does not hide how a process ended, and none is left', async () => {
        const outcome = await script(
          `${BELONGINGS}
const before = belongings();
const plugin = loadPlugin(${JSON.stringify(misbehaving())}, { isolate: true, config: { fault: '_exit-0' } });
const errors = [1, 2, 3].map(() => attempt(() => plugin.filter.test('POISON')).message);
plugin.close();
console.log(JSON.stringify({ errors, before, after: await settled(before) }));`,
          [refuse, rule, '--'],
        );
        expect(outcome).toEqual({
          errors: Array(3).fill('plugin misbehaving: match: it ended its process with status 0'),
          before: expect.anything(),
          after: (outcome as { before: unknown }).before,
        });
      });

      it.each(['null-read', '_exit-0', 'raise-kill', 'sleep'])('costs nothing: %s is exact', async (name) => {
        const drill = new Drill(folder, [refuse, rule, '--']);
        expect(await drill.commit({ name }, 'isolated', 60_000)).toBe('exact');
      });
    });

    it.each([
      ['memfd_create=ENOSYS', 'create shared memory: function not implemented', 'does not have that call'],
      ['memfd_create=EPERM', 'create shared memory: operation not permitted', 'seccomp profile'],
      ['memfd_create=EMFILE', 'create shared memory: too many open files', 'ulimit -n'],
      ['memfd_create=ENOMEM', 'create shared memory: not enough memory', 'ulimit -v'],
      ['fork=EAGAIN', `start plughost-runner (${RUNNER}): resource temporarily unavailable`, 'ulimit -u'],
      ['fork=ENOMEM', `start plughost-runner (${RUNNER}): not enough memory`, 'ulimit -v'],
      ['fork=EPERM', `start plughost-runner (${RUNNER}): operation not permitted`, 'seccomp profile'],
    ])('%s is an error that names the limit of the host, and blames nobody', async (rule, reason, hint) => {
      for (const boundary of ['--isolate', '--sandbox']) {
        const loaded = seen(await exec(refuse, [rule, '--', HOST, 'load', builtIn('greet'), boundary]));
        const args = ['run', HOST, '--filter', builtIn('contains'), '-p', 'text=x', boundary];
        const ran = seen(await exec(refuse, [rule, '--', HOST, ...args]));
        for (const [{ status, stdout, stderr }, label] of [
          [loaded, 'greet'],
          [ran, 'contains'],
        ] as const) {
          expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
          expect(stderr).toMatch(new RegExp(`^host: start the process of plugin ${label}: `));
          expect(stderr).toContain(reason);
          expect(stderr.split('\n')[1]).toContain(hint);
        }
      }
    });

    it('has too few descriptors: each of them is told, and nothing is left behind', { timeout: 120_000 }, async () => {
      const seen = (await script(
        `${BELONGINGS}
import { openSync, closeSync } from 'node:fs';
const outcomes = [];
for (let spare = 0; spare < 24; spare++) {
  const before = belongings();
  const opened = [];
  try { for (;;) opened.push(openSync('/dev/null')); } catch {}
  for (let i = 0; i < spare; i++) closeSync(opened.pop());
  let plugin;
  const error = attempt(() => { plugin = loadPlugin(${GREET}, { isolate: true }); });
  plugin?.close();
  for (const fd of opened) closeSync(fd);
  outcomes.push({ error, before, after: await settled(before) });
}
console.log(JSON.stringify(outcomes));`,
        ['prlimit', '--nofile=200:200'],
      )) as { error: { code: string; errno: number } | null; before: unknown; after: unknown }[];
      for (const { error, before, after } of seen) {
        // Judging the file needs a descriptor, and reports the failure before any process is started.
        if (error) expect(['ERR_RUNNER', 'ERR_INPUT']).toContain(error.code);
        if (error?.code === 'ERR_RUNNER')
          expect(error).toMatchObject({ errno: 24, hint: expect.stringContaining('ulimit -n') });
        expect(after).toEqual(before);
      }
      expect(seen.filter(({ error }) => error?.code === 'ERR_RUNNER').length).toBeGreaterThan(5);
      expect(seen.at(-1)?.error).toBe(null);
    });

    it('has too few descriptors in the middle of a run: what was done is there, and nobody is blamed', async () => {
      const outcome = await script(
        `${BELONGINGS}
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { PipelineStream } from ${JSON.stringify(LIBRARY)};
const config = { fault: 'null-read' };
const plugin = loadPlugin(${JSON.stringify(misbehaving())}, { isolate: true, needs: ['filter'], config });
const stream = new PipelineStream({ stages: [{ filter: plugin }] });
stream.write('an ERROR\\n');
const [kept] = await once(stream, 'data');
try { for (;;) openSync('/dev/null'); } catch {}
stream.end('POISON\\n');
const [{ code, errno, message, hint }] = await once(stream, 'error');
console.log(JSON.stringify({ kept: String(kept), code, errno, message, hint }));
// Ending a process must not need a descriptor.
process.exit(0);`,
        ['prlimit', '--nofile=200:200'],
      );
      expect(outcome).toEqual({
        kept: 'an ERROR\n',
        code: 'ERR_RUNNER',
        errno: 24,
        message: expect.stringMatching(/^start the process of plugin misbehaving: .*: too many open files$/),
        hint: expect.stringContaining('ulimit -n'),
      });
    });

    // The limit does not apply to root.
    const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups'] : [];

    it('has no process left for this user: that is told, and nothing is left behind', async () => {
      chmodSync(folder, 0o755);
      const outcome = await script(
        `${BELONGINGS}
import { execFileSync } from 'node:child_process';
const load = () => loadPlugin(${GREET}, { isolate: true }).close();
const limit = (most) => execFileSync('prlimit', ['--pid', String(process.pid), '--nproc=' + most + ':']);
limit(4096);
const before = belongings();
limit(1);
const error = attempt(load);
console.log(JSON.stringify({ error, before, after: await settled(before) }));`,
        asNobody,
      );
      expect(outcome).toEqual({
        error: {
          code: 'ERR_RUNNER',
          errno: 11,
          message: `start the process of plugin greet: start plughost-runner (${RUNNER}): resource temporarily unavailable`,
          hint: expect.stringContaining('ulimit -u'),
        },
        before: expect.anything(),
        after: (outcome as { before: unknown }).before,
      });
    });
  },
);

/** Runs the command with another plughost-runner. */
function withRunner(name: string, make: (path: string) => void): NodeJS.ProcessEnv {
  const build = join(folder, name);
  mkdirSync(join(build, 'Release'), { recursive: true });
  symlinkSync(join(buildFolder, 'Release/plughost.node'), join(build, 'Release/plughost.node'));
  make(join(build, 'Release/plughost-runner'));
  return { PLUGHOST_BUILD: build };
}

/** Makes a copy of the runner with some bytes changed. */
function patched(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(RUNNER);
  change(bytes);
  writeFileSync(path, bytes, { mode: 0o755 });
}

describe('a runner that cannot be started', () => {
  it.each<[string, (path: string) => void, RegExp, RegExp]>([
    ['missing', () => {}, /there is no such file$/, /npm run build/],
    [
      'not executable',
      (path) => {
        copyFileSync(RUNNER, path);
        chmodSync(path, 0o644);
      },
      /it is not executable$/,
      /chmod \+x/,
    ],
    [
      'a text',
      (path) => writeFileSync(path, 'text\n', { mode: 0o755 }),
      /it is no program for this machine, or is damaged$/,
      /npm run build/,
    ],
    [
      'of another machine',
      (path) => patched(path, (bytes) => bytes.writeUInt16LE(8, 18)),
      /it is no program for this machine, or is damaged$/,
      /npm run build/,
    ],
    [
      'of another C library',
      (path) => patched(path, (bytes) => bytes.write('/lib/ld-musl', bytes.indexOf('/lib64/ld-linux'))),
      /the loader of programs that it names is missing$/,
      /npm run build/,
    ],
    ['a folder', (path) => mkdirSync(path), /permission denied|may not execute it/, /./],
    [
      'one that ends at once',
      (path) => writeFileSync(path, '#!/bin/sh\necho "libstdc++.so.6 is missing" >&2\nexit 127\n', { mode: 0o755 }),
      /plughost-runner: it ended its process with status 127, before the plugin was loaded: libstdc\+\+\.so\.6 is missing$/,
      /it is not the plugin/,
    ],
    [
      'one that is killed',
      (path) => writeFileSync(path, '#!/bin/sh\nkill -SYS $$\n', { mode: 0o755 }),
      /plughost-runner: it crashed with SIGSYS, before the plugin was loaded$/,
      /seccomp/,
    ],
  ])('says why: %s', async (name, make, reason, hint) => {
    const env = withRunner(name.replaceAll(' ', '-'), make);
    for (const args of [
      ['load', builtIn('greet')],
      ['run', HOST, '--filter', builtIn('contains'), '-p', 'text=x'],
    ]) {
      const { status, stdout, stderr } = seen(await host([...args, '--isolate'], { env }));
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      const [said, todo, ...rest] = stderr
        .trimEnd()
        .split('\n')
        .filter((line) => !line.includes('standard error'));
      expect(said).toMatch(/^host: start the process of plugin (greet|contains): /);
      expect(said).toMatch(reason);
      expect(todo).toMatch(hint);
      expect(rest).toEqual([]);
    }
  });
});
