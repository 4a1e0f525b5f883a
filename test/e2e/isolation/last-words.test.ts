import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { misbehaving } from '../../misbehaving/faults.js';
import { bash, exec, host } from '../command.js';

// Skipped under a sanitizer, which has signal handlers and messages of its own.
const sanitized = process.env.LD_PRELOAD !== undefined;
const folder = makeScratch();
const log = join(folder, 'log');
writeFileSync(log, `${'a line\n'.repeat(20_000)}POISON\n${'a line\n'.repeat(20_000)}`);

describe.skipIf(sanitized)('a plugin that ends the process that it is in', () => {
  it.each([
    ['null-read', 'SIGSEGV'],
    ['stack-overflow', 'SIGSEGV'],
    ['abort', 'SIGABRT'],
    ['divide-by-zero', 'SIGFPE'],
    ['bad-instruction', 'SIGILL'],
  ])('by %s is named, with its block and what would have helped', async (fault, signal) => {
    const outcome = await host(['run', log, '--filter', misbehaving(), '-p', `fault=${fault}`, '--block-size', '64K']);
    expect(outcome.signal).toBe(signal);
    expect(outcome.stderr).toMatch(
      new RegExp(
        `host: plugin misbehaving: filter: it crashed with ${signal}, in libmisbehaving\\.so\\+0x[0-9a-f]+, ` +
          `at the block from byte 131\\d+ of ${log} on\n` +
          '      the output ends before that; with --isolate the host survives it and says what it cost\n$',
      ),
    );
  });

  it.each([
    ['throw-exception', 'a line that it does not like'],
    ['throw-number', 'it is no std::exception'],
  ])('by %s is named, and does not end it', async (fault, what) => {
    const { status, stderr } = await host(['run', log, '--filter', misbehaving(), '-p', `fault=${fault}`]);
    expect([status, stderr]).toEqual([
      2,
      `host: plugin misbehaving: filter: it let an exception out: ${what}\n      this is a fault of the plugin; tell its author\n`,
    ]);
  });

  it('by exit does not look like a success', async () => {
    for (const [name, status] of [
      ['exit-0', 0],
      ['exit-3', 3],
    ]) {
      const outcome = await host(['run', log, '--filter', misbehaving(), '-p', `fault=${name}`]);
      expect(outcome.status).toBe(70);
      expect(outcome.stderr).toContain(`host: plugin misbehaving: filter: it called exit(${status}), in `);
    }
  });

  it('by quick_exit is not said to have called exit', async () => {
    const outcome = await host(['run', log, '--filter', misbehaving(), '-p', 'fault=quick-exit']);
    expect(outcome.status).toBe(70);
    expect(outcome.stderr).toContain('host: plugin misbehaving: filter: it called quick_exit, in ');
  });

  it('by a thread of its own is named by its file', async () => {
    const outcome = await host(['run', log, '--filter', misbehaving(), '-p', 'fault=thread-that-crashes']);
    expect(outcome.signal).toBe('SIGSEGV');
    expect(outcome.stderr).toMatch(
      /^host: plugin libmisbehaving\.so: a thread of its own: it crashed with SIGSEGV, in libmisbehaving\.so\+0x[0-9a-f]+\n {6}it shares .*\n$/,
    );
  });

  it('on several threads at once is told once, and whole', async () => {
    const poisoned = join(folder, 'poisoned');
    writeFileSync(poisoned, 'POISON\n'.repeat(400_000));
    const args = ['run', poisoned, '--filter', misbehaving(), '-p', 'fault=null-read', '--block-size', '4K', '-j', '8'];
    for (let i = 0; i < 10; i++) {
      const outcome = await host(args);
      expect(outcome.signal).toBe('SIGSEGV');
      expect(outcome.stderr).toMatch(
        /^host: plugin misbehaving: filter: it crashed with SIGSEGV, in .*\n {6}the output .*\n$/,
      );
    }
  });

  it.each(['init', 'run'])('by an overflow of the stack in %s is named as well', async (at) => {
    const outcome = await host(['load', misbehaving(), '-p', 'fault=stack-overflow', '-p', `at=${at}`]);
    expect(outcome.signal).toBe('SIGSEGV');
    expect(outcome.stderr).toContain(`host: plugin misbehaving: ${at}: it crashed with SIGSEGV, in `);
  });

  it.each(['init', 'name', 'run', 'destroy'])('in %s is named as well', async (at) => {
    const outcome = await host(['load', misbehaving(), '-p', 'fault=null-read', '-p', `at=${at}`]);
    expect(outcome.signal).toBe('SIGSEGV');
    expect(outcome.stderr).toContain(`host: plugin misbehaving: ${at}: it crashed with SIGSEGV, in `);
  });

  it('in runAsync is named as well', async () => {
    const code = `import { loadPlugin, reportCrashes } from './dist/index.js';
      reportCrashes();
      loadPlugin(${JSON.stringify(misbehaving())}, { config: { fault: 'null-read', at: 'run' } }).runAsync();`;
    const outcome = await exec(process.execPath, ['--input-type=module', '-e', code]);
    expect(outcome.signal).toBe('SIGSEGV');
    expect(outcome.stderr).toContain('host: plugin misbehaving: run: it crashed with SIGSEGV, in ');
  });

  it('while it is loaded is named by its path', async () => {
    for (const variant of ['load-null-read', 'load-exit-0', 'new-crash']) {
      const outcome = await host(['load', misbehaving(variant)]);
      expect(outcome.status ?? outcome.signal).toBe(variant === 'load-exit-0' ? 70 : 'SIGSEGV');
      expect(outcome.stderr).toContain(`host: plugin ${misbehaving(variant)}: `);
    }
  });

  it('leaves the status that the shell knows', async () => {
    const outcome = await bash(`$HOST load ${misbehaving()} -p fault=abort -p at=run; echo $?`);
    expect(outcome.stdout.toString()).toBe('134\n');
  });
});
