import { readFileSync } from 'node:fs';
import { OutputError, UsageError } from '../errors.js';
import { nearest } from '../loader/nearest.js';
import { print, Terminal } from './terminal.js';

interface Command {
  summary: string;
  /** Loaded when it is called, so that start-up costs only what is used. */
  load(): Promise<(args: string[]) => Promise<number>>;
}

const COMMANDS: Record<string, Command> = {
  load: {
    summary: 'open plugins, and print their names and what they do',
    load: async () => (await import('./commands/load.js')).load,
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
export async function main(args: string[]): Promise<void> {
  try {
    process.exitCode = await dispatch(args);
  } catch (error) {
    // Whoever read our output has seen enough.
    if ((error instanceof OutputError && error.errno === 'EPIPE') || isErrno(error, 'EPIPE')) return;
    process.exitCode = 2;
    new Terminal('auto', args.includes('--verbose')).error(isErrno(error) ? outputError(error) : error);
  }
}

async function dispatch([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    print(`plughost ${version}\n`);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    const near = nearest(name, Object.keys(COMMANDS));
    throw new UsageError(`there is no command ${name}`, {
      hint: near.length > 0 ? `did you mean ${near[0]}?` : 'see: host --help',
    });
  }
  return (await command.load())(args);
}

/** `print` throws the system's errors as they are. */
function isErrno(error: unknown, code?: string): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    'syscall' in error &&
    error.syscall === 'write' &&
    (!code || ('code' in error && error.code === code))
  );
}

function outputError(error: NodeJS.ErrnoException): OutputError {
  return new OutputError('standard output', error.code ?? '', error.message, { cause: error });
}

void main(process.argv.slice(2));
