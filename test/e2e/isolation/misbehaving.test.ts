import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { FAULTS, type Fault, misbehaving } from '../../misbehaving/faults.js';
import { host, seen } from '../command.js';

// Skipped under a sanitizer, which would catch the memory errors before the host does.
const sanitized = process.env.LD_PRELOAD !== undefined;
const folder = makeScratch();
const log = join(folder, 'log');
/** A plugin that computes without end is given processor time, which takes long when others use the processors. */
const PATIENT = { timeout: 300_000 };
const LEVELS = ['INFO', 'WARN', 'ERROR', 'DEBUG'];
const lines = Array.from({ length: 9000 }, (_, i) => `${i} ${LEVELS[(i * 7) % 4]} something ${'x'.repeat(i % 90)}`);
// Two poisoned lines in one block, one of which the filter would keep, and one in another block.
const POISONED = [1000, 1003, 7000];
lines[1000] = '1000 INFO POISON';
lines[1003] = '1003 ERROR WARN POISON';
lines[7000] = '7000 WARN POISON ERROR';
writeFileSync(log, lines.map((line) => `${line}\n`).join(''));
const places = POISONED.map((index) => {
  const offset = lines.slice(0, index).reduce((sum, line) => sum + line.length + 1, 0);
  return `${log}, line ${index + 1}, byte ${offset}: the line is`;
});
const sound = lines.filter((line) => !line.includes('POISON'));
const WANTED = {
  filter: sound.filter((line) => line.includes('ERROR')).map((line) => `${line}\n`),
  transform: sound.map((line) => (line.includes('WARN') ? `[${line}]\n` : `${line}\n`)),
  exporter: sound.map((line) => `(${line})\n`),
};
const FLAG = { filter: '--filter', transform: '--transform', exporter: '--export' };

const argumentsFor = ({ name, at = 'filter', shape }: Fault, more: string[]) => [
  ...['run', log, FLAG[at], misbehaving(), '-p', `fault=${name}`, '-p', `at=${at}`, '--block-size', '64K'],
  ...(shape ? ['--shape', shape] : []),
  ...['--isolate', '--call-timeout', '0.4', '--memory', '64M', ...more],
];

/**
 * Checks that no runner, and no process that a plugin started, has outlived its host. Such a process has no node among
 * its ancestors. Other tests run at the same time, and their plugins may start processes too.
 */
async function nothingIsLeft(): Promise<void> {
  const orphans = () => {
    const all = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,comm=']).toString().trim().split('\n');
    const processes = new Map(
      all.map((line) => {
        const [pid = '', parent = '', state = '', name = ''] = line.trim().split(/\s+/);
        return [pid, { pid, parent, state, name }];
      }),
    );
    const hasHost = (pid: string): boolean => {
      const process = processes.get(pid);
      // Node 24 and later name the main thread, which is the name of the process.
      return process !== undefined && (/^(node|(node-)?MainThread$)/.test(process.name) || hasHost(process.parent));
    };
    return [...processes.values()].filter(
      ({ parent, state, name }) => name === 'plughost-runner' && state[0] !== 'Z' && !hasHost(parent),
    );
  };
  // A killed process stays in the list for a moment, which is long on a busy machine. New ones are those of other tests.
  let left = orphans();
  for (let i = 0; i < 1000 && left.length > 0; i++) {
    await sleep(20);
    const now = orphans();
    left = left.filter(({ pid }) => now.some((one) => one.pid === pid));
  }
  expect(left).toEqual([]);
  if (existsSync('/dev/shm')) expect(readdirSync('/dev/shm').filter((name) => name.includes('plughost'))).toEqual([]);
}

describe.skipIf(sanitized).each(['--isolate', '--sandbox'])('with %s a plugin', (boundary) => {
  // Most of them wait for a time to pass.
  it.concurrent.each(FAULTS)('that commits $name ($at) costs its lines and no others', PATIENT, async (fault) => {
    const outcome = await host(argumentsFor(fault, [boundary]));
    const faults = outcome.stderr.split('\n').filter((line) => line.startsWith('host: plugin misbehaving: '));
    expect(faults.map((line) => line.slice(line.indexOf(log)))).toEqual(places.map((place) => `${place} left out`));
    const says = (boundary === '--sandbox' && fault.sandboxed) || fault.says;
    for (const line of faults) expect(line).toMatch(says);
    expect(outcome.stdout.toString()).toBe(WANTED[fault.at ?? 'filter'].join(''));
    expect(outcome.status).toBe(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these bytes must not reach a terminal
    expect(outcome.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
    await nothingIsLeft();
  });
});

describe.skipIf(sanitized)('an isolated plugin', () => {
  it('gives the same bytes as in this process when it does nothing wrong', async () => {
    for (const workers of ['1', '2', '7']) {
      const filter = ['run', log, '--filter', misbehaving(), '-p', 'fault=', '-j', workers, '--block-size', '4K'];
      const chain = [...filter, '--transform', misbehaving(), '--export', misbehaving()];
      for (const args of [filter, [...filter.slice(0, 2), '-v', ...filter.slice(2)], chain]) {
        expect(seen(await host([...args, '--isolate']))).toEqual(seen(await host(args)));
      }
    }
  });

  it('keeps the lines it does not survive, if that is wanted', async () => {
    const outcome = await host(argumentsFor({ name: 'abort', says: /x/ }, ['--on-fault', 'match']));
    const wanted = lines.filter((line) => line.includes('ERROR') || line.includes('POISON')).map((line) => `${line}\n`);
    expect(outcome.stdout.toString()).toBe(wanted.join(''));
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toContain(`${places[0]} kept`);
  });

  it('is told as JSON, with the place in fields', async () => {
    const outcome = await host(argumentsFor({ name: 'abort', says: /x/ }, ['--json']));
    const told = outcome.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).data);
    expect(told).toMatchObject(
      POISONED.map((index) => ({
        code: 'ERR_PLUGIN_FAULT',
        fault: 'crash',
        place: { input: log, line: index + 1, lines: 1, verdict: 'skipped' },
      })),
    );
  });

  it('ends the run at the first of them, if that is wanted, with all that stands before it', async () => {
    const outcome = await host(
      argumentsFor({ name: 'abort', says: /x/ }, ['--on-fault', 'stop', '--block-size', '4K']),
    );
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toContain(`${places[0]} where the run ended`);
    expect(WANTED.filter.join('').startsWith(outcome.stdout.toString())).toBe(true);
    expect(outcome.stdout.length).toBeGreaterThan(10_000);
  });

  it.each([
    ['sleep', 'if it needs more time: --call-timeout SECONDS; else it is a fault of the plugin'],
    ['allocate-and-touch', 'if it needs more memory: --memory SIZE; else it is a fault of the plugin'],
  ])('that ends the run by %s may need a higher limit', PATIENT, async (name, hint) => {
    const outcome = await host(argumentsFor({ name, says: /x/ }, ['--on-fault', 'stop']));
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toContain(`${places[0]} where the run ended\n      ${hint}\n`);
  });

  it('is given up when there are too many of them', async () => {
    const poison = ['-p', 'poison=something', '--block-size', '1M', '--max-faults', '5'];
    const args = argumentsFor({ name: 'abort', says: /x/ }, []);
    const outcome = await host([...args.slice(0, 8), ...poison, ...args.slice(10)]);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/it does not survive more lines than are allowed/);
    expect(outcome.stderr.match(/is left out/g)?.length).toBe(5);
  });

  it('that fails once is asked again, and nothing is missing', async () => {
    const note = join(folder, 'once');
    const args = ['run', log, '--filter', misbehaving(), '-p', 'fault=once', '-p', `note=${note}`, '--isolate'];
    const outcome = await host(args);
    const all = lines.filter((line) => line.includes('ERROR')).map((line) => `${line}\n`);
    expect(outcome.stdout.toString()).toBe(all.join(''));
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).toMatch(/SIGABRT, in commit .*asked again it went well, and nothing is missing/);
  });

  it('whose answers hang together is given up for a whole block', async () => {
    const args = ['run', log, '--filter', misbehaving(), '-p', 'fault=abort', '-p', 'stateful=true', '--isolate'];
    const outcome = await host(args);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/line 1, byte 0: \d+ lines are left out/);
  });

  it.each(['name', 'init', 'run', 'state_new', 'extension', 'destroy'])(
    'that crashes in %s is an error',
    async (at) => {
      const outcome = await host(['load', misbehaving(), '-p', 'fault=null-read', '-p', `at=${at}`, '--isolate']);
      if (at === 'state_new') {
        expect(seen(outcome)).toEqual({ status: 0, stdout: 'Misbehaving\ndid its own job\n', stderr: '' });
      } else if (at === 'destroy') {
        expect(seen(outcome)).toEqual({
          status: 0,
          stdout: 'Misbehaving\ndid its own job\n',
          stderr:
            'host: misbehaving: plugin-misbehaving: destroy: it crashed with SIGSEGV; all that it made before is there\n',
        });
      } else {
        expect(outcome.status).toBe(2);
        expect(outcome.stderr).toMatch(/it crashed with SIGSEGV at address 0x4, in parse_header/);
      }
      await nothingIsLeft();
    },
  );

  it.each([
    ['null-read', 'it crashed with SIGSEGV'],
    ['sleep', 'it did not return in time'],
  ])('whose processes fail in destroy by %s is warned of once, and loses nothing', async (fault, says) => {
    const filter = ['--filter', misbehaving(), '-p', `fault=${fault}`, '-p', 'at=destroy'];
    const outcome = await host(['run', log, ...filter, '--isolate', '-j', '4', '--block-size', '4K']);
    const kept = lines.filter((line) => line.includes('ERROR')).map((line) => `${line}\n`);
    expect(seen(outcome)).toEqual({
      status: 0,
      stdout: kept.join(''),
      stderr: `host: misbehaving: plugin-misbehaving: destroy: ${says}; all that it made before is there\n`,
    });
    await nothingIsLeft();
  });

  it('that crashes when a worker is made ends the run, with what it did', async () => {
    const outcome = await host([
      'run',
      log,
      '--filter',
      misbehaving(),
      '-p',
      'fault=abort',
      '-p',
      'at=state_new',
      '--isolate',
    ]);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/plugin misbehaving: .*SIGABRT/);
  });

  it.concurrent.each([
    ['load-null-read', /load \(a constructor of the library\): it crashed with SIGSEGV/],
    ['load-abort', /load \(a constructor of the library\): it crashed with SIGABRT/],
    ['load-exit-0', /load \(a constructor of the library\): it ended its process with status 0/],
    ['load-loop', /load \(a constructor of the library\): it did not answer in time, in loop/],
    ['load-print-little', /load \(a constructor of the library\): it crashed with SIGABRT/],
    ['new-crash', /NewPlugin: it crashed with SIGSEGV at address 0x4, in parse_header/],
    ['new-null', /NewPlugin gave null, not a plug_plugin/],
    ['new-wild', /what NewPlugin gave is at 0x10, where no memory can be read/],
  ])('%s is refused with the reason', PATIENT, async (variant, says) => {
    const outcome = await host(['load', misbehaving(variant), '--isolate', '--call-timeout', '3']);
    expect(outcome.status).toBe(2);
    expect(outcome.stdout.toString()).toBe('');
    expect(outcome.stderr).toMatch(says);
    await nothingIsLeft();
  });
});
