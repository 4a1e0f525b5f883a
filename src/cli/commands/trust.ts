import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError, PlughostError, reasonOf, UsageError } from '../../errors/index.js';
import { absolute } from '../../files/absolute.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { cleaned } from '../../text/printable.js';
import type { Command } from '../command.js';
import { CONFIG_FILE } from '../configuration/find-configs.js';
import { parseConfig } from '../configuration/parse-config.js';
import {
  allTrusted,
  distrust,
  readTrustworthy,
  trust as remember,
  sha256Of,
  type Trusted,
} from '../configuration/trusted.js';
import { type Flag, setsTrue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { table } from '../terminal/table.js';
import { print } from '../terminal/terminal.js';

interface TrustFlags {
  list: boolean;
  remove: boolean;
}

const FLAGS: readonly Flag<TrustFlags>[] = [
  {
    name: 'list',
    group: 'other',
    help: 'List what is trusted, and whether it changed',
    ...setsTrue('list'),
  },
  {
    name: 'remove',
    group: 'other',
    help: 'Trust it no longer',
    ...setsTrue('remove'),
  },
];

export const trust: Command = {
  usage: 'plughost trust [FILE|DIR]... [FLAG...]',
  about: `Lets plughost run use the ${CONFIG_FILE} of a folder when it starts there. Without a FILE or DIR it is the one of this folder.`,
  details:
    'The file may load plugins of the project, so look at it first. It is trusted as it is now. When it changes, you must trust it again.',
  flags: FLAGS,
  examples: ['plughost trust', 'plughost trust --list', 'plughost trust --remove ../other'],
  status: '0 done, 2 any error.',
  run(given, terminal) {
    const names: string[] = [];
    const request = readFlags('trust', FLAGS, {} as TrustFlags, given, (name) => names.push(name));
    if (request.list) {
      if (request.remove || names.length > 0) throw new UsageError('trust: --list stands alone');
      const rows = allTrusted().map((one) => [one.path, stateOf(one)]);
      if (rows.length > 0) print(`${table(rows, '')}\n`);
      return 0;
    }
    for (const name of names.length > 0 ? names : ['.']) {
      const path = realPath(fileStatusOf(name)?.isDirectory() ? join(name, CONFIG_FILE) : name);
      if (request.remove) {
        if (!distrust(path))
          throw new UsageError(`trust: ${path} is not trusted`, { hint: 'see: plughost trust --list' });
        terminal.say(cleaned(`${path}: not trusted any more`));
        continue;
      }
      trustOne(name, path);
      terminal.say(cleaned(`${path}: trusted`));
    }
    return 0;
  },
};

function trustOne(name: string, path: string): void {
  if (basename(path) !== CONFIG_FILE) {
    throw new UsageError(`trust: ${name}: only a ${CONFIG_FILE} is looked for, and needs to be trusted`, {
      hint: 'any other file is named: plughost run --config FILE',
    });
  }
  const { text, bytes } = readTrustworthy(path);
  // A configuration that cannot be used must not look as if it were.
  parseConfig(path, 'project', text);
  remember(path, bytes);
}

/** Returns the path with the links of its folders resolved. The file itself need not exist. */
function realPath(name: string): string {
  const path = absolute(name);
  try {
    return join(realpathSync.native(dirname(path)), basename(path));
  } catch (cause) {
    throw new InputError(name, 'trust', reasonOf(cause), { cause });
  }
}

function stateOf({ path, sha256 }: Trusted): string {
  try {
    return sha256Of(readTrustworthy(path).bytes) === sha256 ? 'trusted' : 'changed since';
  } catch (error) {
    if (!(error instanceof PlughostError)) throw error;
    return fileStatusOf(path) ? error.message : 'gone';
  }
}
