import { WHEN, type When } from '../terminal/when.js';
import { type Flag, setsTrue, setsValue } from './flag.js';
import type { Argument } from './parse-flags.js';
import { setsFlag } from './parse-flags.js';
import { choice } from './values.js';

/** What every command is asked for. */
export interface CommonRequest {
  color: When;
  verbose: boolean;
}

/** The flags of every command. They are read in one place, before the command runs. */
export const COMMON_FLAGS: readonly Flag<CommonRequest>[] = [
  {
    name: 'color',
    value: 'WHEN',
    choices: WHEN,
    group: 'other',
    help: 'Use colour: auto, always, or never',
    details:
      'auto (the default) uses colour on a terminal, unless NO_COLOR is set or TERM is dumb. This holds for messages and, in plughost run, for file names, line numbers and what filters find.',
    ...setsValue('color', choice<When>(), 'auto'),
  },
  {
    name: 'verbose',
    group: 'other',
    help: 'Show causes and stack traces of errors',
    ...setsTrue('verbose'),
  },
  {
    name: 'help',
    short: 'h',
    group: 'other',
    scope: 'line',
    help: 'Show help: -h in short, --help in full',
    apply() {},
  },
];

/** Returns which help the command line asks for, if any. */
export function helpAskedFor(given: readonly Argument[]): 'short' | 'long' | undefined {
  const asked = given.findLast((argument) => setsFlag(argument, 'help'));
  return asked && (setsFlag(asked, 'help') && asked.short ? 'short' : 'long');
}
