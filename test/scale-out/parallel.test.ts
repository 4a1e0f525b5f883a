import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bash, HOST, host, seen } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { blocksOf } from '../helpers/pages.js';
import { startSsh, withoutSsh } from './ssh.js';

// The commands of docs/scale-out.md, with another question, so that there are several sections and plugins.

const scratch = makeScratch();
const QUESTION = '--parse access --aggregate count --by path';
const asked = `${QUESTION},status --aggregate quantiles -p of=bytes`;

const withoutParallel = spawnSync('parallel', ['--version']).error ? ' (skipped: GNU parallel is not installed)' : '';

const lines = Array.from(
  { length: 6000 },
  (_, i) =>
    `10.0.${i % 256}.1 - - [31/Dec/2024:21:${String(i % 60).padStart(2, '0')}:00 +0000] "GET /p/${(i * 7919) % 97} HTTP/1.1" ${[200, 404, 500][i % 3]} ${(i * 31) % 5000}\n`,
);

/** Makes a folder with logs, a plan of them by absolute paths, and the state that one run writes. */
async function prepare() {
  const folder = mkdtempSync(join(scratch, 'job-'));
  for (const [i, name] of ['a.log', 'b.log'].entries())
    writeFileSync(join(folder, name), lines.slice(3000 * i, 3000 * (i + 1)).join(''));
  const around = { cwd: folder };
  const script = `$HOST plan "$PWD"/*.log --split 40K > parts && $HOST run "$PWD"/*.log ${asked} --emit-state -o whole`;
  expect(seen(await bash(script, around))).toEqual({ status: 0, stdout: '', stderr: '' });
  const whole = readFileSync(join(folder, 'whole'));
  const merged = async (states: string) => {
    const { status, stdout, stderr } = await bash(`$HOST merge ${states}`, around);
    expect({ status, stderr, same: stdout.equals(whole) }).toEqual({ status: 0, stderr: '', same: true });
  };
  return { around, at: (name: string) => join(folder, name), merged };
}

/** A block of the page, with the question of this test, the command by its path, and `fault` before each job. */
function recipe(head: string, fault: string): string {
  const block = blocksOf('docs/scale-out.md').find((one) => one.text.includes(head))?.text ?? '';
  const line = block.split('\n').find((text) => text.startsWith('parallel')) ?? '';
  expect(line).toContain(QUESTION);
  return line
    .replace('parallel', 'parallel --will-cite')
    .replace(QUESTION, asked)
    .replace("'printf", () => `'${fault}; printf`)
    .replace('plughost run', () => '$HOST run');
}

describe.skipIf(withoutParallel)(`GNU parallel${withoutParallel}`, () => {
  it('does parts in 8 jobs, and does again what was killed', { timeout: 120_000 }, async () => {
    const { around, at, merged } = await prepare();
    const script = recipe('-j8', '[ {#} != 2 ] || [ -e go ] || kill -KILL $$');
    const first = await bash(script, around);
    expect(first.status).toBe(1);
    expect([existsSync(at('1.state')), existsSync(at('2.state'))]).toEqual([true, false]);
    writeFileSync(at('go'), '');
    expect(seen(await bash(script, around))).toEqual({ status: 0, stdout: '', stderr: '' });
    await merged('*.state');
    // A job that is done twice writes the same file.
    expect((await bash(`rm jobs; ${script}`, around)).status).toBe(0);
    await merged('*.state');
  });

  it('goes on with the same command after it was killed itself', { timeout: 120_000 }, async () => {
    const { around, at, merged } = await prepare();
    // Three jobs end; those after them wait.
    const script = recipe('-j8', '[ {#} -le 3 ] || [ -e go ] || exec sleep 300');
    const killed = `${script} & while [ "$(wc -l < jobs 2>/dev/null || echo 0)" -lt 4 ]; do sleep 0.1; done
      jobs=$(pgrep -P $!); kill -KILL $!; wait $!; kill $jobs; echo killed`;
    expect((await bash(killed, around)).stdout.toString()).toBe('killed\n');
    expect([existsSync(at('3.state')), existsSync(at('4.state'))]).toEqual([true, false]);
    writeFileSync(at('go'), '');
    expect(seen(await bash(script, around))).toEqual({ status: 0, stdout: '', stderr: '' });
    await merged('*.state');
  });

  it.skipIf(withoutSsh)(
    `does parts on other machines, and brings states back by their output${withoutSsh}`,
    { timeout: 120_000 },
    async () => {
      const { around, at, merged } = await prepare();
      await using server = await startSsh(mkdtempSync(join(scratch, 'ssh-')));
      const fault = `[ -n "$SSH_CONNECTION" ] || exit 9; [ {#} != 2 ] || [ -e ${at('go')} ] || kill -KILL $$`;
      const script = recipe('--sshlogin', fault)
        .replace('--sshlogin 8/alpha,8/beta', `--ssh 'ssh -F ${server.config}' --sshlogin 4/elsewhere`)
        // Another machine has no variables of this one.
        .replace('$HOST', HOST);
      expect((await bash(script, around)).status).toBe(1);
      // What a killed job has written is no state.
      const { stderr } = await host(['merge', at('1.state'), at('2.state')]);
      expect(stderr).toBe(`host: read the states ${at('2.state')}: it is not a file of states\n`);
      writeFileSync(at('go'), '');
      expect(seen(await bash(script, around))).toEqual({ status: 0, stdout: '', stderr: '' });
      await merged('*.state');
    },
  );
});
