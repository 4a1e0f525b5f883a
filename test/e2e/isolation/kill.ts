import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOST, plainEnvironment } from '../command.js';

/** Returns the child processes of a process. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/stat`, 'latin1')
            .replace(/^.*\) /s, '')
            .split(' ')[1] === String(pid)
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Returns whether a runner has not loaded its plugin yet. */
function isStarting(runner: number, plugin: string): boolean {
  try {
    return !readFileSync(`/proc/${runner}/maps`, 'latin1').includes(plugin);
  } catch {
    return true;
  }
}

// The host gives up after 8 starts of a runner that were killed one after the other, and after 40 restarts without an
// answer in between. The kills of one run stay below both, however slowly the runners start on this machine.
const KILLS_OF_A_RUN = 20;
const KILLS_OF_STARTING = 6;

export interface Kills {
  /** The time of a run without kills, over which they are spread, in milliseconds. */
  within: number;
  /** The name of a library that a runner has mapped when it has started. */
  plugin: string;
  random: () => number;
}

/** Runs the command, and kills its runners at random moments. Returns a hash of its output. */
export async function hashOf(args: string[], kills?: Kills) {
  const begin = performance.now();
  const child = spawn(HOST, args, { env: plainEnvironment() });
  const hash = createHash('sha256');
  let stderr = '';
  child.stdout.on('data', (part) => hash.update(part));
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  let [left, starting] = [KILLS_OF_A_RUN, KILLS_OF_STARTING];
  while (kills && left > 0 && child.exitCode === null && child.signalCode === null) {
    await sleep((kills.random() * 2 * kills.within) / KILLS_OF_A_RUN);
    const runners = childrenOf(child.pid as number);
    const chosen = runners[Math.floor(kills.random() * runners.length)];
    if (chosen === undefined || (isStarting(chosen, kills.plugin) && starting-- <= 0)) continue;
    try {
      process.kill(chosen, 'SIGKILL');
      left--;
    } catch {
      // The process has ended since it was listed.
    }
  }
  const [status] = await closed;
  return { status, hash: hash.digest('hex'), stderr, killed: KILLS_OF_A_RUN - left, ms: performance.now() - begin };
}
