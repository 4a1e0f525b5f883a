import { endAtOnce } from '../boundary/process-end.js';
import type { Command } from './command.js';
import { COMMON_FLAGS, type CommonRequest, helpAskedFor } from './flags/common.js';
import { readFlags } from './flags/flag-reader.js';
import { givenArguments } from './flags/given-arguments.js';
import { isAbout, parseFlags } from './flags/parse-flags.js';
import { commandHelp } from './help/command-help.js';
import { hasReaderLeft, print, Terminal } from './terminal/terminal.js';

/** Runs the command line of this process by `action`, which returns the exit status. Reports what it throws. */
export async function runProcess(
  action: (args: string[], terminal: Terminal) => number | Promise<number>,
): Promise<void> {
  const terminal = new Terminal();
  endAtOnce();
  process.on('uncaughtException', (error) => {
    terminal.error(error);
    process.exit(2);
  });
  try {
    process.exitCode = await action(givenArguments(), terminal);
  } catch (error) {
    if (!hasReaderLeft(error)) terminal.error(error);
    process.exitCode = terminal.hasFailed ? 2 : 0;
  }
  await terminal.flush();
}

/** Runs a command, or prints its help if the arguments ask for that. Returns the exit status. */
export async function runCommand(name: string, command: Command, args: string[], terminal: Terminal): Promise<number> {
  const common = COMMON_FLAGS.map((flag) => flag.name);
  const given = parseFlags(name, [...command.flags, ...COMMON_FLAGS], args);
  const asked = given.filter((argument) => isAbout(argument, ...common));
  terminal.configure(readFlags(name, COMMON_FLAGS, {} as CommonRequest, asked, () => {}));
  const help = helpAskedFor(given);
  if (!help) return command.run(given, terminal);
  print(commandHelp(name, command, help) + (command.helpFor?.(given, terminal) ?? ''));
  return 0;
}

/** Runs this process with one command, whose name is the first argument: the entry of a bundle with that command. */
export function runOnly(command: Command): Promise<void> {
  return runProcess(([name = '', ...args], terminal) => runCommand(name, command, args, terminal));
}
