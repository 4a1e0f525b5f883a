import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The most lines that a failure shows. The first errors come last only if the compiler goes on after them. */
const MAX_LINES = 400;

/** A line by which ninja, make or cargo say how far they are. */
const PROGRESS = /^\s*(\[ *\d+(%|\/\d+)\]|(Compiling|Building|Downloaded|Downloading|Adding|Updating|Fresh) )/;

/**
 * Runs a program in the folder of the project and returns its output.
 * @param name what it is, for the message of a failure
 * @param onLine hears the last line that the program has printed
 * @throws Error with what the program printed, without its lines of progress
 */
export function runProgram(name, command, args, onLine = () => {}) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part) => {
      text += part;
      onLine(lastLine(part));
    });
  }
  return new Promise((done, fail) => {
    child.on('error', (error) => fail(new Error(`${name} failed: ${error.message}`)));
    child.on('close', (status, signal) => {
      if (status === 0) done(text);
      else fail(new Error(`${name} failed (${signal ?? `status ${status}`}):\n${worthReading(text)}`));
    });
  });
}

function lastLine(text) {
  const line = text
    .trimEnd()
    .split(/[\r\n]+/)
    .at(-1);
  // Of `[8/90] Building C object a/b/c.c.o` only `[8/90] c.c`.
  return line.replace(/^(\[ *\d+(?:%|\/\d+)\]) .*?([^/\s]+?)(\.o)?$/, '$1 $2').slice(0, 100);
}

/** Returns the output without lines of progress, cut to its first lines. */
function worthReading(text) {
  const lines = text
    .trimEnd()
    .split('\n')
    .filter((line) => !PROGRESS.test(line));
  if (lines.length <= MAX_LINES) return lines.join('\n');
  return [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more lines`].join('\n');
}
