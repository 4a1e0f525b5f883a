import type { Command } from '../command.js';
import { COMMON_FLAGS } from '../flags/common.js';
import type { Flag } from '../flags/flag.js';
import { negationsOf } from '../flags/parse-flags.js';
import { paragraphs } from '../terminal/wrap.js';
import { longFlags, shortFlags } from './describe-flags.js';

/** Returns all flags of a command. A command may have a row of its own for a flag that all commands have. */
export function flagsOf({ flags }: Command): readonly Flag[] {
  const own = new Set(flags.map(({ name }) => name));
  return [...flags, ...COMMON_FLAGS.filter(({ name }) => !own.has(name))];
}

/** Returns the help of a command: one line for each flag, or everything. */
export function commandHelp(name: string, command: Command, form: 'short' | 'long'): string {
  const { usage, about, details, examples = [], status } = command;
  const flags = flagsOf(command);
  const head = [`Usage: ${usage}`, paragraphs(about)];
  const undone = negationsOf(flags).find((negation) =>
    command.flags.some((flag) => negation.name === `no-${flag.name}`),
  );
  const undo = undone
    ? [
        paragraphs(
          `--no-NAME undoes --NAME: --${undone.name}. If a flag is given again, the last one wins, unless that is an error.`,
        ),
      ]
    : [];
  const parts =
    form === 'short'
      ? [...head, shortFlags(flags), `plughost ${name} --help explains each of them.`]
      : [
          ...head,
          ...(details ? [paragraphs(details)] : []),
          longFlags(flags).trimEnd(),
          ...undo,
          ...(examples.length > 0 ? [['Examples:', ...examples.map((line) => `  ${line}`)].join('\n')] : []),
          `Exit status:\n${paragraphs(status, 2)}`,
        ];
  return `${parts.join('\n\n')}\n`;
}
