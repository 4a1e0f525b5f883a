import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPlugin, onPluginLog } from '../../src/index.js';
import { exec, HOST } from '../e2e/command.js';
import { folder } from '../engine/bytes.js';
import { attacked, expectComplete, expectExact, HOSTILE, isolates, left, log, plainly, says } from './drill.js';

const sandboxed = isolates.filter(({ name }) => name === 'sandboxed');

describe.skipIf(process.arch !== 'x64').each(sandboxed)(
  'a plugin ($name) that calls the system another way',
  ({ isolate }) => {
    it.each(['x32', 'old-gate'])('by %s is ended, and costs the lines for which it does', async (name) => {
      for (const off of [false, true]) {
        const outcome = await attacked({ name, role: 'filter', off, isolate });
        (off ? expectComplete : expectExact)(outcome, plainly(left(['filter'], !off)));
      }
    });
  },
);

describe.each(isolates)('a plugin ($name)', ({ isolate }) => {
  it('is born with no variable of the host but those of a process, and with no descriptor but its outputs', async () => {
    process.env.HOSTILE_SECRET = 'secret';
    process.env.LD_LIBRARY_PATH ??= '/nowhere';
    process.env.GLIBC_TUNABLES ??= 'glibc.malloc.arena_max=8';
    const told: string[] = [];
    onPluginLog(({ message }) => told.push(message));
    using plugin = loadPlugin(HOSTILE, { isolate, config: { attack: 'born-with', at: 'init' } });
    const said = await says(plugin, told, 'variables');
    // The plugin must name at least one variable; otherwise it did not look.
    expect(said).toMatch(/^variables.* GLIBC_TUNABLES\b/);
    expect(/\bLD_LIBRARY_PATH\b/.test(said)).toBe(!isolate.sandbox);
    expect(said).not.toContain('HOSTILE_SECRET');
    expect(said).toMatch(/; descriptors 0 1 2$/);
  });
});

const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups', HOST];
const canBeNobody = spawnSync('setpriv', [...NOBODY, '--version']).status === 0;
const why = canBeNobody ? '' : ' (skipped: that takes root, setpriv, and a folder that all may read)';
describe.skipIf(!canBeNobody || sandboxed.length === 0)(`a plugin that attacks the host of nobody${why}`, () => {
  it.each([
    ['--transform', 'origins-descend', '-n'],
    ['--transform', 'ranges-full', '--json'],
    ['--filter', 'outcome-unknown', '-n'],
    ['--filter', 'x32', '-n'],
  ])('%s by %s, shown as %s, costs its lines and no others', async (role, attack, form) => {
    chmodSync(folder, 0o755);
    const run = (off: boolean) =>
      exec('setpriv', [
        ...[...NOBODY, 'run', log, role, HOSTILE, '-p', `attack=${attack}`, '-p', `off=${off}`],
        ...['--sandbox', form],
      ]);
    const lines = (text: Buffer) =>
      text
        .toString()
        .split('\n')
        .filter((line) => !/"(summary|end)"/.test(line));
    const [on, off] = [await run(false), await run(true)];
    expect({ on: on.status, off: off.status }).toEqual({ on: 2, off: 0 });
    expect(on.stderr).toContain(`forged ${attack}`);
    expect(off.stderr).toContain(`held back ${attack}`);
    expect(on.stderr.match(/is left out/g)?.length).toBe(3);
    expect(lines(on.stdout)).toEqual(lines(off.stdout).filter((line) => !line.includes('POISON')));
    expect(lines(off.stdout).length - lines(on.stdout).length).toBe(3);
  });
});
