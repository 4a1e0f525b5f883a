import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { makeScratch } from '../helpers/compile.js';
import { exec, HOST, host, plainEnvironment, ROOT, seen } from './command.js';

// The command does not run exit handlers that a plugin has registered.

const folder = makeScratch();
const log = join(folder, 'log');
writeFileSync(log, 'one\ntwo\n');
const missing = join(folder, 'missing');
const alone = join(buildFolder, 'test/libalone.so');
const behaviours = ['_exit', 'crash', 'hang', 'print'];
const filter = (atExit: string, run = '') => ['--filter', alone, '-p', `atExit=${atExit}`, '-p', `run=${run}`];

describe.each(behaviours)('a plugin that wants to %s when the process ends', (atExit) => {
  it('does not change how a run ends that went well', async () => {
    expect(seen(await host(['run', log, ...filter(atExit)]))).toEqual({ status: 0, stdout: 'one\ntwo\n', stderr: '' });
  });

  it('does not change how a run ends that failed', async () => {
    const outcome = seen(await host(['run', log, missing, ...filter(atExit)]));
    expect(outcome).toMatchObject({ status: 2, stdout: 'one\ntwo\n' });
    expect(outcome.stderr).toContain(missing);
    expect((await host(['run', log, ...filter(atExit), '--max-line', '2'])).status).toBe(2);
    expect((await host(['run', log, ...filter(atExit), '--exporter-that-is-not'])).status).toBe(2);
  });

  it('does not change how a run ends that kept nothing', async () => {
    expect((await host(['run', log, ...filter(atExit), '--filter', 'contains', '-p', 'text=three'])).status).toBe(1);
  });

  it('does not change how host load and host bench end', async () => {
    const loaded = await host(['load', alone, '-p', `atExit=${atExit}`, missing]);
    expect(loaded).toMatchObject({ status: 2, stdout: Buffer.from('Alone\ndone\n') });
    expect((await host(['bench', alone, '-p', `atExit=${atExit}`, log, '--runs', '1'])).status).toBe(0);
  });

  it('leaves room for what Node writes at its end', async () => {
    const args = ['run', missing, log, ...filter(atExit)];
    const into = (name: string) => {
      mkdirSync(join(folder, `${name}-${atExit}`));
      return join(folder, `${name}-${atExit}`);
    };
    const [profile, coverage] = [into('profile'), into('coverage')];
    const outcomes = [
      await exec(process.execPath, ['--cpu-prof', `--cpu-prof-dir=${profile}`, HOST, ...args]),
      await host(args, { env: { NODE_V8_COVERAGE: coverage } }),
    ];
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 2, stdout: Buffer.from('one\ntwo\n') });
    for (const written of [profile, coverage]) expect(readdirSync(written)).toHaveLength(1);
  });
});

it('what a plugin has put into a file of C is written', async () => {
  const file = join(folder, 'written');
  await host(['load', alone, '-p', 'run=write', '-p', `count=${file}`, '-p', 'atExit=hang']);
  expect(readFileSync(file, 'utf8')).toBe('written');
});

describe.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const)('%s', (signal, status) => {
  const interrupted = async (args: string[]) => {
    const child = spawn(HOST, ['run', '-', ...args], { cwd: ROOT, env: plainEnvironment() });
    const [out, errors]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (part) => out.push(part));
    child.stderr.on('data', (part) => errors.push(part));
    child.stdin.on('error', () => {});
    child.stdin.write('one\n');
    const exited = new Promise<number | null>((done) => child.on('close', done));
    return { child, out, exited, errors: () => Buffer.concat(errors).toString() };
  };

  it('ends a run with its status, whatever a plugin wants to do then', async () => {
    const { child, out, exited, errors } = await interrupted(filter('_exit'));
    while (out.length === 0) await new Promise((done) => setTimeout(done, 5));
    child.kill(signal);
    expect(await exited).toBe(status);
    expect(errors()).toMatch(/^host: interrupted: 1 lines kept, /);
  });

  it('ends a run in a plugin that never returns', async () => {
    const started = join(folder, `started-${signal}`);
    const { child, exited, errors } = await interrupted([...filter('hang', 'deaf'), '-p', `count=${started}`]);
    while (!readdirSync(folder).includes(`started-${signal}`)) await new Promise((done) => setTimeout(done, 5));
    child.kill(signal);
    expect(await exited).toBe(status);
    expect(errors()).toBe(
      'host: run: it does not end by itself: cancelled\n      interrupted: 0 lines kept, 0 B read\n',
    );
  });
});
