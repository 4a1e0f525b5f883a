import { OutputError, UsageError } from '../errors.js';
import { nearest } from '../loader/nearest.js';
import { print, Terminal } from './terminal.js';
import { version } from './version.js';

/** Does what the arguments say and gives the exit status. */
export type Run = (args: string[], terminal: Terminal) => number | Promise<number>;

interface Command {
  summary: string;
  /** Loaded when it is called, so that start-up costs only what is used. */
  load(): Promise<Run>;
}

const COMMANDS: Record<string, Command> = {
  bench: {
    summary: 'measure what the calls of a plugin cost',
    load: async () => (await import('./commands/bench.js')).bench,
  },
  inspect: {
    summary: 'show what libraries say of themselves, and run nothing',
    load: async () => (await import('./commands/inspect.js')).inspect,
  },
  list: {
    summary: 'list the plugins that are found by name',
    load: async () => (await import('./commands/list.js')).list,
  },
  load: {
    summary: 'open plugins, and print their names and what they do',
    load: async () => (await import('./commands/load.js')).load,
  },
  lock: {
    summary: 'write down which plugins may be loaded, by their bytes',
    load: async () => (await import('./commands/lock.js')).lock,
  },
  run: { summary: 'run logs through native plugins', load: async () => (await import('./commands/run.js')).run },
};

const HELP = `Usage: host COMMAND [ARGUMENT...]

A host for native plugins.

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join('\n')}

host COMMAND --help tells more; host --version tells the version.
`;

/** Runs one command line and sets the exit status. */
async function main(args: string[]): Promise<void> {
  const terminal = new Terminal();
  try {
    process.exitCode = await dispatch(args, terminal);
  } catch (error) {
    // Whoever read our output has seen enough.
    if (error instanceof OutputError && error.errno === 'EPIPE') return;
    terminal.error(error);
    process.exitCode = 2;
  }
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
  return (await command.load())(args, terminal);
}

void main(process.argv.slice(2));
