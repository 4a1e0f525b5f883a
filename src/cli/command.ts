import type { Flag } from './flags/flag.js';
import type { Argument } from './flags/parse-flags.js';
import type { Terminal } from './terminal/terminal.js';

/** A command such as `host run`. Help, completions and documentation follow from it. */
export interface Command {
  /** What stands behind `Usage: `. */
  usage: string;
  /** What it does, in one or two sentences. */
  about: string;
  /** Paragraphs that the long help adds. */
  details?: string;
  /** Its flags, without those that all commands have. */
  flags: readonly Flag[];
  /** Command lines for the long help. */
  examples?: readonly string[];
  /** What each exit status means. */
  status: string;
  /** The only operands that it takes, for completions. By default operands are files. */
  operands?: readonly string[];
  /** Returns what the help adds for this command line. */
  helpFor?(given: readonly Argument[], terminal: Terminal): string;
  /** Does what the command line asks for, and returns the exit status. */
  run(given: readonly Argument[], context: Context): number | Promise<number>;
}

/** What a command works with. */
export interface Context {
  terminal: Terminal;
  commands: Commands;
}

/** Commands by their names, each loaded when it is needed, so that start-up costs only what is used. */
export type Commands = Readonly<Record<string, { summary: string; load(): Promise<Command> }>>;

/** Returns the command of that name. */
export async function loadCommand(commands: Commands, name: string): Promise<Command | undefined> {
  return Object.hasOwn(commands, name) ? commands[name]?.load() : undefined;
}
