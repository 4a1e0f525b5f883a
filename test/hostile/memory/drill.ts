import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildFolder } from '../../../src/addon.js';
import { HOST, plainEnvironment, ROOT } from '../../e2e/command.js';
import { Descendants, memoryOf } from './memory-of.js';

export const hungry = (variant = ''): string => join(buildFolder, 'test', `libhungry${variant && `-${variant}`}.so`);

/** MiB that a way takes when no limit stops it. */
const MAX = 400;
/** A limit that no way reaches, in MiB. */
export const OFF = '1024G';
/** Peak memory in MiB, above that of a run in which the plugin does nothing wrong. */
export interface Taken {
  /** Of the largest process that the host started. */
  largest: number;
  /** Of all these processes together. */
  together: number;
  /** Of the host itself, with its memfds. */
  host: number;
}

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
  taken: Taken;
}

export const MODES = { isolated: ['--isolate'], sandboxed: ['--sandbox', '--grant', 'threads'] } as const;
export type Mode = keyof typeof MODES;

export interface Asked {
  way: string;
  at: 'init' | 'match';
  mode: Mode;
  /** The value of --memory. */
  memory: string;
}

/** Makes a log with one line at which the plugin takes memory, and the expected output. */
export class MemoryDrill {
  readonly #log: string;
  readonly all: string;
  readonly cured: string;

  constructor(folder: string) {
    const lines = Array.from({ length: 3000 }, (_, i) => `${i} ${i % 3 ? 'INFO' : 'ERROR'} something\n`);
    lines[1500] = '1500 ERROR POISON\n';
    this.#log = join(folder, 'log');
    writeFileSync(this.#log, lines.join(''));
    const kept = lines.filter((line) => line.includes('ERROR'));
    this.all = kept.join('');
    this.cured = kept.filter((line) => !line.includes('POISON')).join('');
  }

  /** Runs the command and measures it and its processes until it ends. */
  async run({ way, at, mode, memory }: Asked, library = hungry()): Promise<Ended> {
    const hold = memory === OFF ? 1000 : 50;
    const params = [`way=${way}`, `at=${at}`, `most=${MAX}`, `hold=${hold}`].flatMap((param) => ['-p', param]);
    const args = ['run', this.#log, '--filter', library, ...params, '-j', '1', '--memory', memory, ...MODES[mode]];
    const child = spawn(HOST, args, { cwd: ROOT, env: plainEnvironment() });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (part) => stdout.push(part));
    child.stderr.on('data', (part) => stderr.push(part));
    child.stdin.end();
    let status: number | null | undefined;
    const closed = new Promise<void>((done, fail) => {
      child.on('error', fail);
      child.on('close', (code) => {
        status = code;
        done();
      });
    });
    const taken = { largest: 0, together: 0, host: 0 };
    const descendants = new Descendants(child.pid as number);
    while (status === undefined) {
      const host = memoryOf(child.pid as number);
      // A forked process shares the memory of its host until it calls exec.
      const held = descendants
        .find()
        .map((pid) => memoryOf(pid))
        .filter((of) => of !== undefined && of.name !== host?.name);
      const sizes = held.map((of) => (of ? of.process + of.nameless : 0));
      taken.largest = Math.max(taken.largest, ...held.map((of) => of?.process ?? 0));
      taken.together = Math.max(
        taken.together,
        sizes.reduce((sum, size) => sum + size, 0),
      );
      taken.host = Math.max(taken.host, host ? host.process + host.nameless : 0);
      await sleep(2);
    }
    await closed;
    const text = (parts: Buffer[]) => Buffer.concat(parts).toString();
    return { status: status ?? null, stdout: text(stdout), stderr: text(stderr), taken };
  }
}
