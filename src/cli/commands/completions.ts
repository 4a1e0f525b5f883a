import { UsageError } from '../../errors/index.js';
import type { Command, Commands } from '../command.js';
import { type CompletedCommand, SCRIPTS } from '../completion/completion-scripts.js';
import { OFFERS, type Offer, offersFor } from '../completion/offers.js';
import { type Flag, setsValue } from '../flags/flag.js';
import { readFlags } from '../flags/flag-reader.js';
import { negationsOf } from '../flags/parse-flags.js';
import { choice } from '../flags/values.js';
import { flagsOf } from '../help/command-help.js';
import { TOPICS } from '../help/topics.js';
import { print } from '../terminal/terminal.js';

interface CompletionsRequest {
  offer: Offer | undefined;
}

const FLAGS: readonly Flag<CompletionsRequest>[] = [
  {
    // For the scripts: what fits after the command line that follows `--`, which starts with the command's name.
    name: 'offer',
    value: 'WHAT',
    choices: OFFERS,
    group: 'other',
    help: 'Print what fits there',
    hidden: true,
    ...setsValue('offer', choice<Offer>()),
  },
];

/** Returns the command that completes these commands. */
export const completionsOf = (commands: Commands): Command => ({
  usage: 'plughost completions bash|zsh|fish',
  about:
    'Prints a script that completes command lines of plughost, and of host, its short name: commands, flags and their values, names of plugins and their options, files.',
  details:
    'fish looks for a script under the name that is typed. To complete the short name too, link the file as host.fish.',
  flags: FLAGS,
  examples: [
    'eval "$(plughost completions bash)"    # in ~/.bashrc',
    'plughost completions zsh > ~/.zfunc/_plughost    # a folder of $fpath',
    'plughost completions fish > ~/.config/fish/completions/plughost.fish',
  ],
  status: '0 done, 2 there is no such shell.',
  operands: Object.keys(SCRIPTS),
  async run(given) {
    const words: string[] = [];
    const { offer } = readFlags('completions', FLAGS, {} as CompletionsRequest, given, (word) => words.push(word));
    if (offer) {
      const [name = ''] = words;
      const command = Object.hasOwn(commands, name) ? await commands[name]?.load() : undefined;
      const offers = offersFor(offer, command ? flagsOf(command) : [], words);
      print(offers.map((word) => `${word}\n`).join(''));
      return 0;
    }
    const [shell = ''] = words;
    const script = Object.hasOwn(SCRIPTS, shell) && words.length === 1 ? SCRIPTS[shell] : undefined;
    if (!script) {
      throw new UsageError(`completions: ${words.join(' ') || 'no shell is named'}: it is one of bash, zsh, fish`);
    }
    print(script(await completed(commands)));
    return 0;
  },
});

async function completed(commands: Commands): Promise<CompletedCommand[]> {
  return Promise.all(
    Object.entries(commands).map(async ([name, { summary, load }]) => {
      const command = await load();
      const flags = flagsOf(command);
      return {
        name,
        summary,
        flags: [...flags.filter(({ hidden }) => !hidden), ...negationsOf(flags)],
        operands: name === 'help' ? [...Object.keys(commands), ...Object.keys(TOPICS)] : command.operands,
      };
    }),
  );
}
