import { UsageError } from '../errors/index.js';
import { nearest } from '../text/nearest.js';
import { loadCommand } from './command.js';
import { COMMANDS } from './commands.js';
import { runCommand, runProcess } from './process.js';
import { print, type Terminal } from './terminal/terminal.js';
import { version } from './version.js';

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
      hint: near.length > 0 ? `did you mean ${near[0]}?` : 'see: plughost --help',
    });
  }
  return runCommand(name, command, args, terminal);
}

const overview = async (form: 'short' | 'long') => (await import('./help/overview.js')).overview(COMMANDS, form);

void runProcess(dispatch);
