import { UsageError } from '../../errors/index.js';
import { ensureAgrees, lockEntryOf } from '../../loader/trust/lock-entry.js';
import { formatLock, type LockEntry, readLock } from '../../loader/trust/lock-file.js';
import { cleaned } from '../../text/printable.js';
import { type Command, PLUGIN_OPERAND } from '../command.js';
import { type Flag, setsTrue, setsValue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { FOLDER_FLAG, type FoldersRequest } from '../flags/plugins.js';
import { text } from '../flags/values.js';
import { pluginsNamed } from '../named-plugins.js';
import { writeOutput } from '../terminal/output.js';
import { count, print, type Terminal } from '../terminal/terminal.js';

const FILE = 'plugins.lock';

interface LockRequest extends FoldersRequest {
  output: string;
  check: boolean;
}

const FLAGS: readonly Flag<LockRequest>[] = [
  FOLDER_FLAG,
  {
    name: 'output',
    short: 'o',
    value: 'FILE',
    group: 'output',
    help: `Write the lock to FILE (default: ${FILE})`,
    details: '- is standard output.',
    ...setsValue('output', text, FILE),
  },
  {
    name: 'check',
    group: 'output',
    help: 'Only compare with the lock, and write nothing',
    ...setsTrue('check'),
  },
];

export const lock: Command = {
  usage: 'plughost lock PLUGIN... [FLAG...]',
  about:
    'Records which plugins may be loaded: of each plugin, or each library of a directory, its id, version, extensions and SHA-256. Runs none of them.',
  details: `${PLUGIN_OPERAND}

The SHA-256 of the libraries that a plugin needs is recorded too, without those of the system. plughost load and plughost run with --require-lock FILE then refuse everything else.`,
  flags: FLAGS,
  examples: [
    'plughost lock contains plugins/',
    'plughost run app.log --filter contains -p text=x --require-lock plugins.lock',
  ],
  status: '0 written, or all agree; 2 otherwise.',
  operands: 'plugins',
  run(given, terminal) {
    const names: string[] = [];
    const request = readFlags('lock', FLAGS, {} as LockRequest, given, (name) => names.push(name));
    if (names.length === 0) throw new UsageError('lock: no PLUGIN is given', { hint: 'see: plughost lock --help' });
    const paths = names.flatMap((name) => pluginsNamed(name, request.folders));
    return request.check ? compare(request.output, paths, terminal) : write(request.output, paths, terminal);
  },
};

/** Writes the lock only if all libraries can be read: a plugin that is missing from a lock cannot be loaded. */
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

/** Runs a step for each path and reports its errors. Returns whether all steps succeeded. */
function forEach(paths: readonly string[], terminal: Terminal, step: (path: string) => void): boolean {
  return paths.filter((path) => !terminal.attempt(() => step(path))).length === 0;
}
