import { UsageError } from '../../errors/index.js';
import { librariesOf } from '../../loader/plugin/load-plugins.js';
import { ensureAgrees, formatLock, type LockEntry, lockEntryOf, readLock } from '../../loader/trust/lock-file.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { cleaned } from '../../text/printable.js';
import { COMMON_FLAGS, describeFlags, type Flag, parseFlags } from '../flags/flags.js';
import { writeOutput } from '../terminal/output.js';
import { count, print, type Terminal } from '../terminal/terminal.js';
import type { When } from '../terminal/when.js';

const FILE = 'plugins.lock';

export const FLAGS: Flag[] = [
  {
    name: 'output',
    short: 'o',
    value: 'FILE',
    help: `write the lock here (${FILE} by default; - is standard output)`,
  },
  { name: 'check', help: 'only compare with the lock, and write nothing' },
  ...COMMON_FLAGS,
];

const HELP = `Usage: host lock PATH...

Writes down which plugins may be loaded: of each library, or each one in a
directory, its id, version, extensions and the SHA-256 of its bytes and of the
libraries that it needs beside those of the system. Then --require-lock FILE, of
host load and host run, refuses all others. Runs nothing of them.

${describeFlags(FLAGS)}

Exit status: 0 written, or all agree; 2 otherwise.
`;

/** `host lock`; gives the exit status. */
export function lock(args: string[], terminal: Terminal): number {
  const request = {
    paths: [] as string[],
    output: FILE,
    check: false,
    help: false,
    color: 'auto' as When,
    verbose: false,
  };
  for (const argument of parseFlags('lock', FLAGS, args)) {
    if (argument.kind === 'operand') request.paths.push(argument.value);
    else if (argument.name === 'output') request.output = argument.value ?? '';
    else if (argument.name === 'color') request.color = argument.value as When;
    else if (argument.name === 'check' || argument.name === 'help' || argument.name === 'verbose') {
      request[argument.name] = true;
    }
  }
  terminal.configure(request);
  if (request.help) {
    print(HELP);
    return 0;
  }
  if (request.paths.length === 0) throw new UsageError('lock: no PATH is given', { hint: 'see: host lock --help' });
  const paths = request.paths.flatMap((path) => (fileStatusOf(path)?.isDirectory() ? librariesOf(path) : [path]));
  return request.check ? compare(request.output, paths, terminal) : write(request.output, paths, terminal);
}

/** All or nothing: a lock that lacks a plugin would say that it must not be loaded. */
function write(output: string, paths: readonly string[], terminal: Terminal): number {
  const plugins: LockEntry[] = [];
  if (!forEach(paths, terminal, (path) => plugins.push(lockEntryOf(path)))) return 2;
  const text = formatLock(plugins);
  if (output === '-') {
    print(text);
    return 0;
  }
  writeOutput(output, text, paths);
  terminal.say(cleaned(`${output}: ${count(plugins.length)} plugins`));
  return 0;
}

function compare(path: string, paths: readonly string[], terminal: Terminal): number {
  const known = readLock(path);
  const agree = forEach(paths, terminal, (library) => ensureAgrees(known, library));
  return agree ? 0 : 2;
}

/** Whether it went well for all of them. */
function forEach(paths: readonly string[], terminal: Terminal, step: (path: string) => void): boolean {
  return paths.filter((path) => !terminal.attempt(() => step(path))).length === 0;
}
