import { endAtOnce } from '../boundary/process-end.js';
import { UsageError } from '../errors/index.js';
import { nearest } from '../text/nearest.js';
import { loadCommand } from './command.js';
import { COMMANDS } from './commands.js';
import { COMMON_FLAGS, type CommonRequest, helpAskedFor } from './flags/common.js';
import { readFlags } from './flags/flag-reader.js';
import { givenArguments } from './flags/given-arguments.js';
import { isAbout, parseFlags } from './flags/parse-flags.js';
import { hasReaderLeft, print, Terminal } from './terminal/terminal.js';
import { version } from './version.js';

/** Runs one command line and sets the exit status. */
async function main(args: string[]): Promise<void> {
  const terminal = new Terminal();
  endAtOnce();
  process.on('uncaughtException', (error) => {
    terminal.error(error);
    process.exit(2);
  });
  try {
    process.exitCode = await dispatch(args, terminal);
  } catch (error) {
    if (!hasReaderLeft(error)) terminal.error(error);
    process.exitCode = terminal.hasFailed ? 2 : 0;
  }
  await terminal.flush();
}

async function dispatch([name, ...args]: string[], terminal: Terminal): Promise<number> {
  if (name === undefined) {
    terminal.say((await overview('short')).trimEnd());
    return 2;
  }
  if (name === '--help' || name === '-h') {
    print(await overview(name === '-h' ? 'short' : 'long'));
    return 0;
  }
  if (name === '--version' || name === '-V') {
    print(`plughost ${version()}\n`);
    return 0;
  }
  const command = await loadCommand(COMMANDS, name);
  if (!command) {
    const near = nearest(name, [...Object.keys(COMMANDS), '--help', '--version']);
    throw new UsageError(`there is no ${name.startsWith('-') ? 'option' : 'command'} ${name}`, {
      hint: near.length > 0 ? `did you mean ${near[0]}?` : 'see: host --help',
    });
  }
  const common = COMMON_FLAGS.map((flag) => flag.name);
  const given = parseFlags(name, [...command.flags, ...COMMON_FLAGS], args);
  const asked = given.filter((argument) => isAbout(argument, ...common));
  terminal.configure(readFlags(name, COMMON_FLAGS, {} as CommonRequest, asked, () => {}));
  const help = helpAskedFor(given);
  if (help) {
    const { commandHelp } = await import('./help/command-help.js');
    print(commandHelp(name, command, help) + (command.helpFor?.(given, terminal) ?? ''));
    return 0;
  }
  return command.run(given, { terminal, commands: COMMANDS });
}

const overview = async (form: 'short' | 'long') => (await import('./help/overview.js')).overview(COMMANDS, form);

void main(givenArguments());
