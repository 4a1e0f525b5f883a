import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder } from '../../src/addon.js';
import { exec, HOST, type Outcome } from '../e2e/command.js';

/** The changes that the plugin can make; see changes.c. */
export const CHANGES = [
  ...['nothing', 'folder', 'umask-0777', 'umask-0', 'limit-of-files', 'limit-of-size', 'close-input', 'close-output'],
  ...['close-errors', 'replace-output', 'read-input', 'environment', 'no-environment', 'locale', 'locale-of-thread'],
  ...['tiny-is-zero', 'precision', 'rounding', 'traps', 'block-signals', 'ignore-signals', 'ignore-crashes'],
  ...['print', 'print-at-once', 'thread', 'atexit'],
] as const;
export type Change = (typeof CHANGES)[number];

/** The calls in which it can make them. */
export const CALLS = [
  ...['constructor', 'NewPlugin', 'init', 'name', 'extension', 'run', 'state_new', 'match', 'scan', 'transform'],
  ...['write', 'state_free', 'destroy', 'destructor'],
] as const;
export type Call = (typeof CALLS)[number];

export const PLACES = { 'in-process': [], isolated: ['--isolate'], sandboxed: ['--sandbox'] } as const;
export type Place = keyof typeof PLACES;

/** How a run ends. */
export type Ending =
  /** The output is complete and right, and there is no message. */
  | 'unharmed'
  /** The output is complete and right, and a message names the plugin and the change. */
  | 'reported'
  /** The status is 2 and a message names the plugin. */
  | 'refused'
  /** The status is 0 and the output is wrong. */
  | 'wrong'
  | `killed by ${string}`
  | `ends with status ${number}`;

const library = (name: string): string => join(buildFolder, `test/lib${name}.so`);

const LINES = Array.from({ length: 200 }, (_, i) => `line ${i} of the log\n`);
const SEEN = '- ANSI_X3.4-1968 4.94066e-324 0.33333333333333331483 0.3333333333333333333424 inf: ';
const WANTED = LINES.map((line) => `${SEEN}${line}`).join('');

/** Runs the command with the plugin, in subfolders of one folder. */
export class StateDrill {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes the change in the call, in one run between streams and one between files. Returns the worse ending. */
  async attempt(change: Change, call: Call, place: Place): Promise<Ending> {
    const folder = mkdtempSync(join(this.#folder, 'run-'));
    try {
      writeFileSync(join(folder, `lib${change}@${call}.so`), libraryThat(change, call));
      writeFileSync(join(folder, 'first'), LINES.slice(0, 100).join(''));
      writeFileSync(join(folder, 'second'), LINES.slice(100).join(''));
      const plugin = `./lib${change}@${call}.so`;
      if (call === 'run') {
        return endingOf(await this.#host(folder, ['load', plugin, ...PLACES[place]]), 'Changes\ndone\n');
      }
      const args = ['run', ...stages(plugin, call), '-j', '1', ...PLACES[place], 'second'];
      const streams = await this.#host(folder, [...args.slice(0, 1), '-', ...args.slice(1)], LINES.slice(0, 100));
      const files = await this.#host(folder, [...args.slice(0, 1), 'first', ...args.slice(1), '-o', 'out']);
      const out = join(folder, 'out');
      const isRight = existsSync(out) && (statSync(out).mode & 0o777) === 0o644;
      const stdout = Buffer.from(isRight ? readFileSync(out) : 'it is not there, or may not be read');
      return worse(endingOf(streams, WANTED), endingOf({ ...files, stdout }, WANTED));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  #host(cwd: string, args: string[], input: string[] = []): Promise<Outcome> {
    const env = { WITNESS: undefined, LANG: 'C', LC_ALL: undefined };
    return exec('sh', ['-c', 'umask 022; exec "$@"', 'sh', HOST, ...args], { cwd, env, input: input.join('') });
  }
}

/** Returns a copy of the library that makes the change in the call. */
function libraryThat(change: Change, call: Call): Buffer {
  const bytes = readFileSync(library('changes'));
  const at = bytes.indexOf('the change and the call, in a copy of this file');
  if (at < 0) throw new Error('libchanges.so does not hold the text that is to be replaced');
  bytes.fill(0, at, at + 64);
  bytes.write(`${change}@${call}`, at);
  return bytes;
}

function stages(plugin: string, call: Call): string[] {
  const witness = ['--transform', library('witness')];
  if (call === 'write') return [...witness, '--export', plugin];
  if (call === 'transform') return ['--transform', plugin, ...witness];
  return ['--filter', plugin, '--shape', call === 'match' ? 'line' : 'auto', ...witness];
}

function endingOf({ status, signal, stdout, stderr }: Outcome, wanted: string): Ending {
  if (signal) return `killed by ${signal}`;
  const isBlamed = /^host: .*(changes|@)/m.test(stderr);
  if (status === 2 && isBlamed) return 'refused';
  if (status !== 0 && status !== 1) return `ends with status ${status ?? -1}`;
  if (status === 1 || stdout.toString() !== wanted) return 'wrong';
  return stderr === '' ? 'unharmed' : 'reported';
}

const ORDER = ['unharmed', 'reported', 'refused'];
const rank = (ending: Ending) => (ORDER.includes(ending) ? ORDER.indexOf(ending) : ORDER.length);
const worse = (one: Ending, other: Ending): Ending => (rank(other) > rank(one) ? other : one);

/** Returns whether the ending is not silently wrong. */
export const isTold = (ending: Ending): boolean => rank(ending) < ORDER.length;
