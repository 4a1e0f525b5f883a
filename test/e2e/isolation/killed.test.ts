import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { loadPlugin, PluginFaultError, run } from '../../../src/index.js';
import { makeScratch } from '../../helpers/compile.js';
import { misbehaving } from '../../misbehaving/faults.js';
import { builtIn, HOST, plainEnvironment } from '../command.js';
import { childrenOf, hashOf } from './kill.js';

// PLUGHOST_KILLS=1000 PLUGHOST_LOG=LOG,LOG,… npx vitest run test/e2e/isolation/killed.test.ts
const kills = Number(process.env.PLUGHOST_KILLS ?? 40);
const folder = makeScratch();
const made = join(folder, 'log');
writeFileSync(
  made,
  Array.from({ length: 900_000 }, (_, i) => `${i} ${i % 91 ? 'INFO' : 'ERROR'} some words\n`).join(''),
);
const logs = process.env.PLUGHOST_LOG?.split(',') ?? [made];

const args = ['run', ...logs, '--filter', builtIn('contains'), '-p', 'text=ERROR', '-n', '-H', '-j', '2', '--isolate'];

describe('runners that are killed at any moment', () => {
  it('cost nothing: no line is lost, doubled or blamed', { timeout: 0 }, async () => {
    const wanted = await hashOf(args);
    expect(wanted).toMatchObject({ status: 0, stderr: '' });
    for (let killed = 0; killed < kills; ) {
      const outcome = await hashOf(args, { within: wanted.ms, plugin: 'libcontains.so', random: Math.random });
      killed += outcome.killed;
      // The report of a failure shows what the command said.
      expect(outcome).toMatchObject({
        status: 0,
        hash: wanted.hash,
        stderr: expect.not.stringMatching(/left out|line \d/),
      });
    }
  });

  it('go with their host', async () => {
    const child = spawn(HOST, ['run', '-', ...args.slice(2)], { env: plainEnvironment() });
    child.stdin.write('1 ERROR\n');
    await once(child.stdout, 'data');
    const runners = childrenOf(child.pid as number);
    expect(runners.length).toBeGreaterThan(1);
    child.kill('SIGKILL');
    await once(child, 'close');
    const alive = () =>
      runners.filter((pid) => {
        try {
          return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
        } catch {
          return false;
        }
      });
    for (let waited = 0; waited < 1000 && alive().length > 0; waited += 50) await sleep(50);
    expect(alive()).toEqual([]);
  });
});

/** Returns the resources of this process: open descriptors by kind, threads, and mappings shared with runners. */
function belongings() {
  const descriptors: Record<string, number> = {};
  for (const fd of readdirSync('/proc/self/fd')) {
    let target = 'the listing itself';
    try {
      target = readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, 'N');
    } catch {
      // The descriptor was closed since it was listed.
    }
    descriptors[target] = (descriptors[target] ?? 0) + 1;
  }
  const maps = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return {
    descriptors,
    threads: readdirSync('/proc/self/task').length,
    mappings: maps.filter((line) => line.includes('plughost r')).length,
  };
}

describe('restarting runners again and again', () => {
  it('leaves nothing behind', { timeout: 0 }, async () => {
    const restarts = Number(process.env.PLUGHOST_KILLS ?? 100);
    const plugin = loadPlugin(misbehaving(), { isolate: true, config: { fault: 'raise-kill' }, needs: ['filter'] });
    const fault = () => expect(() => plugin.filter.test('POISON')).toThrow(PluginFaultError);
    for (let i = 0; i < 20; i++) fault();
    // The resources of the last runner are freed shortly after it ends.
    await sleep(1000);
    const before = belongings();
    for (let i = 0; i < restarts; i++) fault();
    await vi.waitFor(() => expect(belongings()).toEqual(before), 10_000);
    expect(plugin.filter.test('ERROR')).toBe(true);
    const { faults } = await run([made], { stages: [{ filter: plugin }] });
    expect(faults).toEqual([]);
    plugin.close();
    await vi.waitFor(() => expect(childrenOf(process.pid)).toEqual([]), 10_000);
    await vi.waitFor(() => expect(belongings().mappings).toBe(0), 10_000);
  });
});
