import { endAtOnce } from '../boundary/process-end.js';
import { UsageError } from '../errors/index.js';
import { nearest } from '../text/nearest.js';
import { COMMANDS } from './commands.js';
import { givenArguments } from './flags/given-arguments.js';
import { hasReaderLeft, print, Terminal } from './terminal/terminal.js';
import { version } from './version.js';

const HELP = `Usage: host COMMAND [ARGUMENT...]

A host for native plugins.

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(11)} ${summary}`)
  .join('\n')}

host COMMAND --help tells more; host --version tells the version.
`;

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
    terminal.say(HELP.trimEnd());
    return 2;
  }
  if (name === 'help' && args[0] !== undefined) return dispatch([args[0], '--help'], terminal);
  if (name === '--help' || name === '-h' || name === 'help') {
    print(HELP);
    return 0;
  }
  if (name === '--version' || name === '-V') {
    print(`plughost ${version()}\n`);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    const near = nearest(name, [...Object.keys(COMMANDS), '--help', '--version']);
    throw new UsageError(`there is no ${name.startsWith('-') ? 'option' : 'command'} ${name}`, {
      hint: near.length > 0 ? `did you mean ${near[0]}?` : 'see: host --help',
    });
  }
  return (await command.load())(args, terminal, COMMANDS);
}

void main(givenArguments());
