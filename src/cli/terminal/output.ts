import { fsyncSync, type Stats } from 'node:fs';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { type OutputFile, openOutputFile, openPipe, refuseInputs, reported } from '../../pipeline/output-file.js';
import { withoutSignals } from '../../pipeline/replacing-file.js';
import { STANDARD_INPUT, STANDARD_OUTPUT } from './standard-streams.js';
import { print } from './terminal.js';

/** Whether this names a file, and not standard output. */
const isNamed = (path: string | undefined): path is string => path !== undefined && path !== '-';

/** The regular file that will be written, if there is one already. */
export function existingOutput(path: string | undefined): Stats | undefined {
  const facts = fileStatusOf(isNamed(path) ? path : STANDARD_OUTPUT.fd);
  return facts?.isFile() ? facts : undefined;
}

/**
 * Standard output, or a file: see `openOutputFile`. A pipe that nobody reads yet is waited for.
 * @throws OutputError when it cannot be made; UsageError when it is one of the inputs, or no name of a file;
 * CancelledError when the signal comes first
 */
export async function openOutput(
  path: string | undefined,
  append: boolean,
  inputs: readonly string[],
  signal: AbortSignal,
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
 * Writes a text as a whole to where `openOutput` leads. A file is on the disk before it is seen.
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
  // Where a reader may be slow, signals must end the wait.
  if (facts && !facts.isFile()) write();
  else withoutSignals(write);
}
