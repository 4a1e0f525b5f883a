import { UsageError } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';
import { type Command, type Commands, loadCommand } from '../command.js';
import type { Flag } from '../flags/flag.js';
import type { Argument } from '../flags/parse-flags.js';
import { RUN_FLAGS } from '../flags/run.js';
import { commandHelp, flagsOf } from '../help/command-help.js';
import { longFlag, longFlags } from '../help/describe-flags.js';
import { overview } from '../help/overview.js';
import { ALIASES, TOPICS, type Topic } from '../help/topics.js';
import { print } from '../terminal/terminal.js';
import { paragraphs } from '../terminal/wrap.js';

/** Returns the command that explains these commands. */
export const helpOf = (commands: Commands): Command => ({
  usage: 'plughost help [TOPIC]',
  about:
    'Explains a command (plughost help run), a flag (plughost help max-count), or another topic (plughost help isolation). Without a TOPIC it lists commands and topics.',
  flags: [],
  status: '0 done, 2 there is no such topic.',
  async run(given: readonly Argument[]) {
    const [topic, extra] = given.flatMap((argument) => (argument.kind === 'operand' ? [argument.value] : []));
    if (extra !== undefined) throw new UsageError(`help: ${extra}: one topic at a time`);
    print(topic === undefined ? overview(commands, 'long') : await explain(topic, commands));
    return 0;
  },
});

async function explain(word: string, commands: Commands): Promise<string> {
  const command = await loadCommand(commands, word);
  if (command) return commandHelp(word, command, 'long');
  const name = Object.hasOwn(ALIASES, word) ? (ALIASES[word] ?? word) : word;
  const topic = Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
  if (topic) return topicHelp(topic, commands);
  const flag = await flagHelp(word, commands);
  if (flag) return flag;
  const near = nearest(word, [...Object.keys(commands), ...Object.keys(TOPICS), ...(await flagNames(commands))]);
  throw new UsageError(`help: there is no topic ${word}`, {
    hint: near.length > 0 ? `did you mean ${near[0]}?` : 'see: plughost help',
  });
}

async function topicHelp({ title, text, group, statuses }: Topic, commands: Commands): Promise<string> {
  const parts = [`${title}.`, paragraphs(text)];
  if (group) parts.push(longFlags(RUN_FLAGS.filter((flag) => flag.group === group)).trimEnd());
  if (statuses) {
    for (const [name, command] of await loaded(commands))
      parts.push(`plughost ${name}:\n${paragraphs(command.status, 2)}`);
  }
  return `${parts.join('\n\n')}\n`;
}

/** Explains a flag in each command that has it, once for each meaning. */
async function flagHelp(word: string, commands: Commands): Promise<string | undefined> {
  const wanted = word.replace(/^--?/, '').replace(/^no-(?!config$|filename$)/, '');
  const meanings = new Map<Flag, string[]>();
  for (const [name, command] of await loaded(commands)) {
    const flag = flagsOf(command).find((one) => !one.hidden && (one.name === wanted || one.short === wanted));
    if (flag) meanings.set(flag, [...(meanings.get(flag) ?? []), `plughost ${name}`]);
  }
  if (meanings.size === 0) return undefined;
  return [...meanings].map(([flag, names]) => `${paragraphs(`${names.join(', ')}:`)}\n${longFlag(flag)}`).join('\n');
}

async function flagNames(commands: Commands): Promise<string[]> {
  const all = (await loaded(commands)).flatMap(([, command]) => flagsOf(command));
  return [...new Set(all.filter(({ hidden }) => !hidden).map(({ name }) => name))];
}

const loaded = (commands: Commands): Promise<[string, Command][]> =>
  Promise.all(
    Object.entries(commands).map(async ([name, { load }]): Promise<[string, Command]> => [name, await load()]),
  );
