import { UsageError } from '../../errors/index.js';
import type { Commands } from '../commands.js';
import { type CompletedCommand, SCRIPTS } from '../completion/completion-scripts.js';
import { OFFERS, type Offer, offersFor } from '../completion/offers.js';
import { COMMON_FLAGS, describeFlags, type Flag, parseFlags } from '../flags/flags.js';
import { FLAGS as RUN } from '../flags/run-flags.js';
import { print, type Terminal } from '../terminal/terminal.js';
import type { When } from '../terminal/when.js';
import { FLAGS as BENCH } from './bench.js';
import { FLAGS as INSPECT } from './inspect.js';
import { FLAGS as LIST } from './list.js';
import { FLAGS as LOAD } from './load.js';
import { FLAGS as LOCK } from './lock.js';
import { FLAGS as TRUST } from './trust.js';

export const FLAGS: Flag[] = [
  // For the scripts: what fits at the end of the command line that follows, from its verb on, behind `--`.
  { name: 'offer', value: 'WHAT', choices: OFFERS, help: 'print what fits there', hidden: true },
  ...COMMON_FLAGS,
];

const TABLES: Record<string, readonly Flag[]> = {
  bench: BENCH,
  completions: FLAGS,
  inspect: INSPECT,
  list: LIST,
  load: LOAD,
  lock: LOCK,
  run: RUN,
  trust: TRUST,
};

const HELP = `Usage: host completions bash|zsh|fish

Prints a script that completes command lines of host and plughost: verbs,
options and their values, names of plugins and their options, files.

  bash  host completions bash > ~/.local/share/bash-completion/completions/host
  zsh   host completions zsh > a folder of $fpath, as _host
  fish  host completions fish > ~/.config/fish/completions/host.fish

${describeFlags(FLAGS)}
`;

/** `host completions`; gives the exit status. */
export function completions(args: string[], terminal: Terminal, verbs: Commands): number {
  const shells: string[] = [];
  let offer: Offer | undefined;
  const request = { help: false, color: 'auto' as When, verbose: false };
  for (const argument of parseFlags('completions', FLAGS, args)) {
    if (argument.kind === 'operand') shells.push(argument.value);
    else if (argument.name === 'offer') offer = argument.value as Offer;
    else if (argument.name === 'color') request.color = argument.value as When;
    else if (argument.name === 'help' || argument.name === 'verbose') request[argument.name] = true;
  }
  terminal.configure(request);
  if (request.help) {
    print(HELP);
    return 0;
  }
  if (offer) {
    print(
      offersFor(offer, TABLES[shells[0] ?? ''] ?? [], shells)
        .map((word) => `${word}\n`)
        .join(''),
    );
    return 0;
  }
  const [shell = ''] = shells;
  const script = Object.hasOwn(SCRIPTS, shell) && shells.length === 1 ? SCRIPTS[shell] : undefined;
  if (!script) {
    throw new UsageError(`completions: ${shells.join(' ') || 'no shell is named'}: it is one of bash, zsh, fish`);
  }
  const commands = Object.entries(verbs).map(
    ([name, { summary }]): CompletedCommand => ({
      name,
      summary,
      flags: (TABLES[name] ?? []).filter(({ hidden }) => !hidden),
      operands: name === 'completions' ? Object.keys(SCRIPTS) : undefined,
    }),
  );
  print(script(commands));
  return 0;
}
