import { fsyncSync, type Stats } from 'node:fs';
import { UsageError } from '../../errors/index.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { type OutputFile, openOutputFile, openPipe, refuseInputs, reported } from '../../pipeline/output-file.js';
import { withoutSignals } from '../../pipeline/replacing-file.js';
import type { RunSignal } from '../../pipeline/run-options.js';
import { isStandardOutput, STANDARD_INPUT, STANDARD_OUTPUT } from './standard-streams.js';
import { isTerminal, print } from './terminal.js';

/** Returns whether this names a file, and not standard output. */
const isNamed = (path: string | undefined): path is string => path !== undefined && !isStandardOutput(path);

/** Returns the status of the regular file that the output will replace or extend, if it exists. */
export function existingOutput(path: string | undefined): Stats | undefined {
  const facts = fileStatusOf(isNamed(path) ? path : STANDARD_OUTPUT.fd);
  return facts?.isFile() ? facts : undefined;
}

/** Refuses to write states, which are no text, to a terminal. @throws UsageError */
export function refuseTerminal(command: string, path: string | undefined): void {
  if (isNamed(path) || !isTerminal(STANDARD_OUTPUT.fd)) return;
  throw new UsageError(`${command}: states are bytes, and standard output is a terminal`, {
    hint: 'write them to a file: -o FILE',
  });
}

/**
 * Opens standard output or a file, as `openOutputFile` does. Waits for the reader of a named pipe.
 * @throws OutputError if it cannot be created; UsageError if it is one of the inputs, or not the name of a file;
 * CancelledError if the signal comes first
 */
export async function openOutput(
  path: string | undefined,
  append: boolean,
  inputs: readonly string[],
  signal: RunSignal,
): Promise<OutputFile> {
  refuse(path, inputs);
  if (!isNamed(path)) return STANDARD;
  return fileStatusOf(path)?.isFIFO() ? openPipe(path, signal) : openOutputFile(path, append);
}

const STANDARD: OutputFile = {
  get fd() {
    return STANDARD_OUTPUT.fd;
  },
  name: STANDARD_OUTPUT.name,
  commit() {},
  discard: () => false,
};

function refuse(path: string | undefined, inputs: readonly string[]): void {
  const sources = inputs.map((input) => (input === '-' ? STANDARD_INPUT.fd : input));
  refuseInputs(isNamed(path) ? path : STANDARD_OUTPUT.name, existingOutput(path), sources);
}

/**
 * Writes a text to standard output or a file. A file appears only when the whole text is on the disk.
 * @throws OutputError, UsageError
 */
export function writeOutput(path: string, text: string, inputs: readonly string[]): void {
  const write = () => {
    refuse(path, inputs);
    const output = isNamed(path) ? openOutputFile(path, false) : STANDARD;
    try {
      print(text, output);
      if (fileStatusOf(output.fd)?.isFile()) reported(path, () => fsyncSync(output.fd));
      output.commit();
    } finally {
      output.discard();
    }
  };
  const facts = isNamed(path) ? fileStatusOf(path) : fileStatusOf(STANDARD_OUTPUT.fd);
  // A pipe may have a slow reader. Signals must be able to end the wait for it.
  if (facts && !facts.isFile()) write();
  else withoutSignals(write);
}
