import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { bash, builtIn, HOST, host, plainEnvironment, seen } from '../command.js';

const scratch = makeScratch();
const large = join(scratch, 'large.log');
writeFileSync(large, 'a line\n'.repeat(1 << 20));
const compressed = join(scratch, 'large.log.gz');
writeFileSync(compressed, gzipSync(readFileSync(large)));
const missing = join(scratch, 'missing.log');

const SIGNALS = [
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const;

const descriptors: number[] = [];
afterAll(() => descriptors.forEach((fd) => void closeSync(fd)));

/** Makes a named pipe. */
function pipe(): string {
  const path = join(mkdtempSync(join(scratch, 'pipe-')), 'pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

/** Makes a named pipe with a reader that does not read. Returns its path and the reader's descriptor. */
function unreadPipe(): { path: string; fd: number } {
  const path = pipe();
  const fd = openSync(path, constants.O_RDWR);
  descriptors.push(fd);
  return { path, fd };
}

/** Starts the command with this standard output. `errors` holds the lines of standard error without progress. */
function start(args: string[], { output = 'pipe' as number | 'pipe', input = 'ignore' as 'ignore' | 'pipe' } = {}) {
  const child = spawn(HOST, args, { env: plainEnvironment(), stdio: [input, output, 'pipe'] });
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal }));
  // Progress starts with the sequence that erases the line.
  const errors = () => text.split('\r\x1b[K').at(-1) ?? '';
  return { child, ended, errors, progress: () => text.split('\r\x1b[K').slice(1) };
}

/** Waits until the command handles signals itself. */
async function handling({ pid }: ChildProcess): Promise<void> {
  for (;;) {
    const [, caught = '0'] = /^SigCgt:\s*(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    // The lowest bit is SIGHUP. Node does not handle it, and the command installs its handler last.
    if (BigInt(`0x${caught}`) & 1n) return;
    await sleep(5);
  }
}

/** Waits until the progress stands still, because the output is blocked. */
async function stuck({ progress }: ReturnType<typeof start>): Promise<void> {
  for (;;) {
    const [before, last] = progress().slice(-2);
    const amount = /^[^,]*/;
    if (before && last && amount.exec(before)?.[0] === amount.exec(last)?.[0]) return;
    await sleep(20);
  }
}

const KEEP = ['--filter', 'contains', '-p', 'text=line'];

describe('SIGTERM, while the output of host run is not read,', () => {
  it.each<[string, string[]]>([
    ['lines of one worker', [large, '-j', '1']],
    ['numbered lines', [large, '-n']],
    ['JSON', [large, '--json']],
    ['rows', [large, '--export', 'csv']],
    ['what a transform makes', [large, '--transform', 'redact']],
    ['what was compressed', [compressed]],
    ['lines of an isolated filter', [large, '--isolate', ...KEEP]],
    ['rows of an isolated exporter', [large, '--isolate', '--export', 'jsonl']],
  ])('ends it: %s', async (_, args) => {
    const run = start(['run', ...args, '--progress', 'always'], { output: unreadPipe().fd });
    await stuck(run);
    run.child.kill('SIGTERM');
    expect(await run.ended).toEqual({ status: 143, signal: null });
    expect(run.errors()).toMatch(/interrupted: .* lines kept, .* read/);
  });
});

describe.each(SIGNALS)('%s, while the output of host run is not read,', (signal, status) => {
  it('ends it, and says how far it came', async () => {
    const run = start(['run', large, '--progress', 'always'], { output: unreadPipe().fd });
    await stuck(run);
    run.child.kill(signal);
    expect(await run.ended).toEqual({ status, signal: null });
    expect(run.errors()).toBe('host: interrupted: 0 lines kept, 0 B of 7.00 MiB read\n');
  });

  it('ends it also where the pipe is named', async () => {
    const run = start(['run', large, '-o', unreadPipe().path, '--progress', 'always']);
    await stuck(run);
    run.child.kill(signal);
    expect(await run.ended).toEqual({ status, signal: null });
  });

  it('ends it also where its standard output is a socket', async () => {
    const run = start(['run', large, '--progress', 'always']);
    await stuck(run);
    const exited = once(run.child, 'exit');
    run.child.kill(signal);
    expect(await exited).toEqual([status, null]);
    run.child.stdout?.destroy();
  });

  it('ends it when nobody reads its messages either', async () => {
    const { fd } = unreadPipe();
    const args = ['run', large, ...Array<string>(2000).fill(missing), '--progress', 'always'];
    const child = spawn(HOST, args, { env: plainEnvironment(), stdio: ['ignore', fd, fd] });
    const exited = once(child, 'exit');
    await handling(child);
    child.kill(signal);
    expect(await exited).toEqual([status, null]);
  });

  it('ends it while it waits for a reader to open the pipe', async () => {
    const run = start(['run', large, '-o', pipe()]);
    await handling(run.child);
    run.child.kill(signal);
    expect(await run.ended).toEqual({ status, signal: null });
    expect(run.errors()).toBe('host: interrupted: 0 lines kept, 0 B read\n');
  });

  it('ends it while it waits for input', async () => {
    const answers = ['--parse', 'json', '--aggregate', 'count'];
    for (const args of [[], [pipe()], ['--isolate', ...KEEP], answers].map((one) => ['run', ...one])) {
      const run = start(args, { input: 'pipe' });
      await handling(run.child);
      run.child.kill(signal);
      expect(await run.ended).toEqual({ status, signal: null });
      const made = args.includes('count') ? 'no answers' : '0 lines kept';
      expect(run.errors()).toBe(`host: interrupted: ${made}, 0 B read\n`);
    }
  });
});

it('a second signal ends a run at once', async () => {
  const run = start(['run', large, '--progress', 'always'], { output: unreadPipe().fd });
  await stuck(run);
  const again = setInterval(() => run.child.kill('SIGINT'), 10);
  run.child.kill('SIGINT');
  expect(await run.ended).toEqual({ status: null, signal: 'SIGINT' });
  clearInterval(again);
});

describe('host run --timeout', () => {
  it.each<[string, string[]]>([
    ['nobody reads its output', ['-o', unreadPipe().path]],
    ['nobody opens its output', ['-o', pipe()]],
  ])('ends it while %s', async (_, args) => {
    const outcome = seen(await host(['run', large, ...args, '--timeout', '0.3']));
    expect(outcome).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: run: 0 lines kept, 0 B read: cancelled\n      the 0.3 s of --timeout were over\n',
    });
  });

  it('ends it while nobody writes its input', async () => {
    const outcome = seen(await host(['run', pipe(), '--timeout', '0.3']));
    expect(outcome).toMatchObject({ status: 2, stderr: expect.stringContaining('--timeout were over') });
  });
});

it('a pipe that is read late gets everything', async () => {
  const path = pipe();
  const run = start(['run', large, '-o', path]);
  await handling(run.child);
  const { stdout } = await bash(`cat ${path}`);
  expect(await run.ended).toEqual({ status: 0, signal: null });
  expect(stdout.equals(readFileSync(large))).toBe(true);
});

describe('when the reader has seen enough', () => {
  const plugins = join(scratch, 'plugins');
  execFileSync('mkdir', [plugins]);
  for (let i = 0; i < 40; i++) copyFileSync(builtIn('greet'), join(plugins, `libgreet${i}.so`));

  const head = async (command: string) => {
    const script = `"$HOST" ${command} | head -n 1 > /dev/null; echo "\${PIPESTATUS[0]}"`;
    return seen(await bash(script, { cwd: scratch }));
  };

  it.each([
    'run large.log',
    'run large.log --json',
    'run large.log -n -H',
    'run large.log --export csv',
    'run large.log --export jsonl --isolate',
    'run large.log --transform redact',
    'run large.log --isolate --filter contains -p text=line',
    'run large.log.gz',
    'run < large.log',
    'run large.log -o /proc/self/fd/1',
    'load ./plugins',
    'load --isolate plugins/libgreet0.so plugins/libgreet1.so plugins/libgreet2.so',
    'inspect plugins/*.so',
    'inspect --json plugins/*.so',
    'list --plugin-dir plugins',
    'list --json --plugin-dir plugins',
    'run --help',
    'completions bash',
    'lock -o - ./plugins',
  ])('host %s ends quietly with 0', async (command) => {
    expect(await head(command)).toEqual({ status: 0, stdout: '0\n', stderr: '' });
  });

  it.each(['run missing.log large.log', 'run large.log missing.log', 'run missing.log large.log --json'])(
    'host %s mentions the file that is missing',
    async (command) => {
      const { stdout, stderr } = await head(command);
      expect(stdout).toBe('2\n');
      expect(stderr.match(/open missing\.log: no such file or directory/g)).toHaveLength(1);
    },
  );

  it('host load says once what is wrong with a plugin', async () => {
    const broken = join(plugins, 'libbroken.so');
    writeFileSync(broken, 'no library');
    const { stdout, stderr } = await head('load ./plugins');
    rmSync(broken);
    expect(stdout).toBe('2\n');
    expect(stderr).not.toContain('broken pipe');
  });
});
