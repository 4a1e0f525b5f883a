import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFolder } from '../../../src/addon.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../../helpers/compile.js';
import { builtIn, exec, HOST, host, seen } from '../command.js';

// Skipped under a sanitizer, which makes calls that the sandbox refuses.
const sanitized = process.env.LD_PRELOAD !== undefined;
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', HOST];
// Only root can run a process as nobody, and nobody may be unable to read this folder.
const canBeNobody = spawnSync('setpriv', [...NOBODY.slice(1), '--version']).status === 0;
const asNobody = canBeNobody
  ? ''
  : ' (as nobody it is skipped: that takes root, setpriv, and a folder that all may read)';
const forbidden = (variant = '') => join(buildFolder, 'test', `libforbidden${variant}.so`);

/** Returns what the plugin prints for each operation: `name refused` or `name DONE`, with ` loading` when loading needs it. */
const outcomes = (output: Buffer) => output.toString().trim().split('\n').slice(1);
const AS = [{ user: 'this user', command: [HOST] }, ...(canBeNobody ? [{ user: 'nobody', command: NOBODY }] : [])];

describe.skipIf(sanitized)(`the sandbox${asNobody}`, () => {
  it.each(AS)(
    'refuses everything while the plugin works, as $user, and names it',
    async ({ command: [program, ...rest] }) => {
      const outcome = await exec(program as string, [...rest, 'load', forbidden(), '--sandbox']);
      expect(outcome.status).toBe(0);
      const tried = outcomes(outcome.stdout);
      expect(tried.length).toBeGreaterThanOrEqual(80);
      expect(tried.filter((line) => !line.includes(' refused'))).toEqual([]);
      const named = outcome.stderr.split('\n').filter((line) => line.includes('the sandbox refused '));
      // The sandbox does not log clone and clone3, because the C library must not be interrupted there,
      // nor stat, which the C library calls for every output.
      expect(named.length).toBe(tried.length - 3);
      for (const call of [
        'socket',
        'connect',
        'openat',
        'execve',
        'fork',
        'ptrace',
        'kill',
        'process_vm_readv',
        'mmap',
      ]) {
        expect(outcome.stderr).toContain(`the sandbox refused ${call}, called by `);
      }
      expect(outcome.stderr).toMatch(/the sandbox refused socket, called by libforbidden\.so\+0x/);
    },
  );

  it.each(
    AS.flatMap((as) => [
      { ...as, at: 'init' },
      { ...as, at: 'a constructor' },
    ]),
  )('refuses everything in $at, as $user, but what loading needs', async ({ command: [program, ...rest], at }) => {
    const plugin = at === 'init' ? [forbidden(), '-p', 'at=init'] : [forbidden('-load'), '-p', 'at=none'];
    const outcome = await exec(program as string, [...rest, 'load', ...plugin, '--sandbox']);
    expect(outcome.status).toBe(0);
    const tried = outcomes(outcome.stdout);
    expect(tried.length).toBeGreaterThanOrEqual(80);
    expect(tried.filter((line) => !line.includes(' refused') && !line.includes(' loading'))).toEqual([]);
  });

  it('refuses everything in a run', async () => {
    const names = outcomes((await host(['load', forbidden(), '--sandbox'])).stdout).map((line) => line.split(' ')[0]);
    const outcome = await host(['run', '--filter', forbidden(), '--sandbox'], { input: names.join('\n') });
    expect({ status: outcome.status, stdout: outcome.stdout.toString() }).toEqual({ status: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/forbidden: warning: the sandbox refused socket/);
  });

  it('without which most of it can be done', async () => {
    const tried = outcomes((await host(['load', forbidden(), '--isolate'])).stdout);
    expect(tried.filter((line) => line.includes(' DONE')).length).toBeGreaterThan(35);
  });

  it.each(['contains', 'regex', 'patterns'])('leaves %s as it is', async (name) => {
    if (!existsSync(builtIn(name))) return;
    const option = { contains: 'text=GET', regex: 'pattern=GET', patterns: 'patterns=["GET"]' }[name] as string;
    const args = ['run', 'samples/access.log', '--filter', name, '-p', option, '-n'];
    expect(seen(await host([...args, '--sandbox']))).toEqual(seen(await host(args)));
  });

  it.each([
    ['redact', ['--transform', 'redact']],
    ['jsonl', ['--export', 'jsonl']],
    ['csv', ['--export', 'csv']],
  ])('leaves %s as it is', async (_name, plugin) => {
    const args = ['run', 'samples/access.log', ...plugin];
    expect(seen(await host([...args, '--sandbox']))).toEqual(seen(await host(args)));
  });
});

const folder = makeScratch();
const data = join(folder, 'data');
const elsewhere = join(folder, 'elsewhere');

describe.skipIf(sanitized || noCompiler)('what is granted in the sandbox', () => {
  mkdirSync(data);
  mkdirSync(elsewhere);
  writeFileSync(join(data, 'words'), 'forty-two\n');
  const reader = (path: string) =>
    compile(
      folder,
      `reader${path === data ? '' : '-elsewhere'}`,
      pluginSource({
        head: '#include <fcntl.h>\n#include <unistd.h>\n#include <pthread.h>',
        run: `char text[64] = {0};
          int file = open("${path}/words", O_RDONLY);
          if (file < 0 || read(file, text, 60) < 0) return plug_put(out, "refused");
          return plug_put(out, text);`,
      }),
    );

  it('is to be read, and nothing else is', async () => {
    writeFileSync(join(elsewhere, 'words'), 'secret\n');
    const granted = ['--sandbox', '--grant', `read:${data}`];
    expect((await host(['load', reader(data), ...granted])).stdout.toString()).toBe('Test\nforty-two\n\n');
    expect((await host(['load', reader(elsewhere), ...granted])).stdout.toString()).toBe('Test\nrefused\n');
    const outcome = await host(['load', reader(data), '--sandbox']);
    expect(outcome.stdout.toString()).toBe('Test\nrefused\n');
    expect(outcome.stderr).toMatch(
      new RegExp(`the sandbox refused openat, called by .*; --grant read:${data}/words allows it`),
    );
  });

  it('is to be written', async () => {
    const writer = compile(
      folder,
      'writer',
      pluginSource({
        head: '#include <fcntl.h>\n#include <unistd.h>',
        run: `int file = open("${data}/written", O_WRONLY | O_CREAT, 0600);
          return plug_put(out, file >= 0 && write(file, "by a plugin", 11) == 11 ? "done" : "refused");`,
      }),
    );
    expect((await host(['load', writer, '--sandbox', '--grant', `read:${data}`])).stdout.toString()).toContain(
      'refused',
    );
    expect((await host(['load', writer, '--sandbox', '--grant', `write:${data}`])).stdout.toString()).toContain('done');
    expect(readFileSync(join(data, 'written'), 'utf8')).toBe('by a plugin');
  });

  it('are threads', async () => {
    const threads = compile(
      folder,
      'threads',
      pluginSource({
        head: `#include <pthread.h>
          static void *work(void *result) { *(int *)result = 42; return 0; }`,
        run: `int result = 0; pthread_t thread;
          if (pthread_create(&thread, NULL, work, &result) != 0) return plug_put(out, "refused");
          pthread_join(thread, NULL);
          return plug_put(out, result == 42 ? "done" : "wrong");`,
      }),
      ['-pthread'],
    );
    const outcome = await host(['load', threads, '--sandbox']);
    expect(outcome.stdout.toString()).toBe('Test\nrefused\n');
    expect(outcome.stderr).toMatch(/the sandbox refused pthread_create, called by .*; --grant threads allows threads/);
    expect(seen(await host(['load', threads, '--sandbox', '--grant', 'threads']))).toEqual({
      status: 0,
      stdout: 'Test\ndone\n',
      stderr: '',
    });
  });

  it('is what a manifest asks for, or the plugin is refused', async () => {
    const asking = compile(
      folder,
      'asking',
      pluginSource({
        manifest: `{"id": "org.example.asking", "name": "asking", "version": "1.0.0", "asks": ["threads", "read:${data}/words"]}`,
      }),
    );
    const refused = await host(['load', asking, '--sandbox', '--grant', `read:${elsewhere}`]);
    expect(seen(refused)).toEqual({
      status: 2,
      stdout: '',
      stderr:
        `host: put up the sandbox: plugin asking asks for threads, read:${data}/words, which is not granted\n` +
        `      if you trust it with that: --grant threads --grant read:${data}/words\n`,
    });
    const granted = ['--grant', 'threads', '--grant', `read:${data}`];
    expect((await host(['load', asking, '--sandbox', ...granted])).status).toBe(0);
    expect((await host(['load', asking, '--isolate'])).status).toBe(0);
  });

  it('is what a program does without thinking', async () => {
    const ordinary = compile(
      folder,
      'ordinary',
      pluginSource({
        head: '#include <stdio.h>\n#include <time.h>\n#include <pthread.h>',
        run: `char *large = malloc(64 << 20), *small = malloc(10);
          memset(large, 1, 64 << 20);
          large = realloc(large, 80 << 20);
          pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
          pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex);
          struct timespec now; clock_gettime(CLOCK_REALTIME, &now); time_t t = time(NULL); struct tm tm; gmtime_r(&t, &tm);
          struct timespec moment = {0, 1000}; nanosleep(&moment, NULL);
          printf("printed %.3f\\n", 1.5); fflush(stdout);
          free(large), free(small);
          return plug_put(out, "done");`,
      }),
    );
    const outcome = await host(['load', ordinary, '--sandbox']);
    expect({ status: outcome.status, stdout: outcome.stdout.toString() }).toEqual({
      status: 0,
      stdout: 'Test\ndone\n',
    });
    expect(outcome.stderr).toBe('host: ordinary (standard output): info: printed 1.500\n');
  });

  it('is not what a plugin needs to be asked where it hangs', async () => {
    const path = join(folder, 'lines');
    writeFileSync(path, 'one\nhang\nthree\n');
    const hanging = compile(
      folder,
      'hanging',
      pluginSource({
        head: `static volatile int spins;
          static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
            while (len == 4 && data[0] == 'h') spins++;
            return 1;
          }
          static const plug_filter filter = {
            .size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .match = match};`,
        extension: 'return strcmp(id, PLUG_FILTER) ? NULL : &filter;',
      }),
    );
    const { status, stdout, stderr } = seen(
      await host(['run', path, '--filter', hanging, '--sandbox', '--call-timeout', '1']),
    );
    expect([status, stdout]).toEqual([2, 'one\nthree\n']);
    expect(stderr).toMatch(/^host: plugin hanging: filter: it did not answer in time, in \w+ .*line 2.*\n.*\n$/);
  });

  it('makes sense only with a sandbox', async () => {
    expect((await host(['load', reader(data), '--grant', 'threads'])).stderr).toMatch(/--grant says nothing without/);
    expect((await host(['load', reader(data), '--sandbox', '--grant', 'all'])).stderr).toMatch(
      /--grant all: threads, read:PATH or write:PATH is needed/,
    );
  });
});
