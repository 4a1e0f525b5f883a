import type { Flag } from './flags/flag.js';
import type { Argument } from './flags/parse-flags.js';
import type { Terminal } from './terminal/terminal.js';

/** A command such as `plughost run`. Help, completions and documentation follow from it. */
export interface Command {
  /** The first lines of the help, after `Usage: `. */
  usage: string;
  /** Says what it does, in one or two sentences. */
  about: string;
  /** Further paragraphs of the long help. */
  details?: string;
  /** Its own flags. Every command also has the common ones. */
  flags: readonly Flag[];
  /** Command lines for the long help. */
  examples?: readonly string[];
  /** What each exit status means. */
  status: string;
  /** The only operands that it takes, for completions, or `plugins`: names of plugins and files. By default files. */
  operands?: readonly string[] | 'plugins';
  /** Returns further help that depends on the command line, such as the options of plugins. */
  helpFor?(given: readonly Argument[], terminal: Terminal): string;
  /** Does what the command line asks for, and returns the exit status. */
  run(given: readonly Argument[], terminal: Terminal): number | Promise<number>;
}

/** What PLUGIN means in a usage, for `details`. */
export const PLUGIN_OPERAND =
  'PLUGIN is a name that plughost list shows, or a path: text with a slash or a suffix such as .so. A name never means a file of the working folder.';

/** Commands by their names, each loaded when it is needed, so that start-up costs only what is used. */
export type Commands = Readonly<Record<string, { summary: string; load(): Promise<Command> }>>;

/** Returns the command of that name. */
export async function loadCommand(commands: Commands, name: string): Promise<Command | undefined> {
  return Object.hasOwn(commands, name) ? commands[name]?.load() : undefined;
}
