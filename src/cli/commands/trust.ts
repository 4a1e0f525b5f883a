import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError, PlughostError, reasonOf, UsageError } from '../../errors/index.js';
import { absolute } from '../../files/absolute.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { cleaned } from '../../text/printable.js';
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
import { COMMON_FLAGS, describeFlags, type Flag, parseFlags } from '../flags/flags.js';
import { FLAGS as RUN } from '../flags/run-flags.js';
import { table } from '../terminal/table.js';
import { print, type Terminal } from '../terminal/terminal.js';
import type { When } from '../terminal/when.js';

export const FLAGS: Flag[] = [
  { name: 'list', help: 'list what is trusted, and whether it still is what you have trusted' },
  { name: 'remove', help: 'trust it no longer' },
  ...COMMON_FLAGS,
];

const HELP = `Usage: host trust [FILE|DIR]...

Lets host run use the ${CONFIG_FILE} of a folder when it is started there; by
default the one of this folder. It may load plugins of the project, so look at it
first. It is trusted as it is now: when it has changed, it must be trusted again.

${describeFlags(FLAGS)}

Exit status: 0 done, 2 any error.
`;

/** `host trust`; gives the exit status. */
export function trust(args: string[], terminal: Terminal): number {
  const request = {
    names: [] as string[],
    list: false,
    remove: false,
    help: false,
    color: 'auto' as When,
    verbose: false,
  };
  for (const argument of parseFlags('trust', FLAGS, args)) {
    if (argument.kind === 'operand') request.names.push(argument.value);
    else if (argument.name === 'color') request.color = argument.value as When;
    else request[argument.name as 'list' | 'remove' | 'help' | 'verbose'] = true;
  }
  terminal.configure(request);
  if (request.help) {
    print(HELP);
    return 0;
  }
  if (request.list) {
    if (request.remove || request.names.length > 0) throw new UsageError('trust: --list stands alone');
    const rows = allTrusted().map((one) => [one.path, stateOf(one)]);
    if (rows.length > 0) print(`${table(rows, '')}\n`);
    return 0;
  }
  for (const name of request.names.length > 0 ? request.names : ['.']) {
    const path = realPath(fileStatusOf(name)?.isDirectory() ? join(name, CONFIG_FILE) : name);
    if (request.remove) {
      if (!distrust(path)) throw new UsageError(`trust: ${path} is not trusted`, { hint: 'see: host trust --list' });
      terminal.say(cleaned(`${path}: not trusted any more`));
      continue;
    }
    if (basename(path) !== CONFIG_FILE) {
      throw new UsageError(`trust: ${name}: only a ${CONFIG_FILE} is looked for, and needs to be trusted`, {
        hint: 'any other file is named: host run --config FILE',
      });
    }
    const { text, bytes } = readTrustworthy(path);
    // What could not be used must not look as if it were.
    parseConfig(path, 'project', text, RUN);
    remember(path, bytes);
    terminal.say(cleaned(`${path}: trusted`));
  }
  return 0;
}

/** The path without links in its folders; the file itself need not be there. */
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
