import type { Writable } from 'node:stream';
import { UsageError } from '../errors/index.js';
import type { CheckedInput, CheckedPipeline } from './arguments.js';
import { fileStatusOf, isSameFile } from './file-status.js';
import type { Job } from './job.js';
import { type OutputFile, openOutputFile, openPipe, refuseInputs } from './output-file.js';
import type { RunSignal } from './run-options.js';
import { ensureWritable, writeAll } from './stream-output.js';

/** Where the bytes of one run go. */
export interface Destination {
  /** The output of the run's spec: a descriptor, nothing, or `bytes` that `deliver` takes. */
  native: number | null | 'bytes';
  /** Its name in messages. */
  name: string;
  /** Writes the output of a run that does not write itself. Resolves after the last byte. @throws OutputError */
  deliver(job: Job): Promise<void>;
  /** Makes the output visible, when it is complete. @throws OutputError */
  commit(): void;
  /** Removes an incomplete output. Does nothing after `commit`. */
  discard(): void;
}

/** The run writes to the descriptor itself, and nothing remains to do afterwards. */
const passive = { async deliver() {}, commit() {}, discard() {} };

/**
 * Opens the output of a run.
 * @throws OutputError when it cannot be written; UsageError when it is also an input, or not the name of a file
 */
export function destinationOf(output: CheckedPipeline['output'], inputs: readonly CheckedInput[]): Destination {
  if (output === undefined) return { native: null, name: '', ...passive };
  if (typeof output === 'string') return fileOf(output, inputs);
  if ('fd' in output && 'name' in output) return { native: output.fd, name: output.name, ...passive };
  return streamOf(output as Writable);
}

function fileOf(path: string, inputs: readonly CheckedInput[]): Destination {
  const status = fileStatusOf(path);
  const sources = inputs.map((input) => (typeof input === 'string' ? input : 'fd' in input ? input.fd : input.name));
  refuseInputs(path, status?.isFile() ? status : undefined, sources);
  return writtenTo(openOutputFile(path, false));
}

/** Refuses to write the output and the lines that no parser reads to one file. @throws UsageError */
export function refuseSameFile(output: CheckedPipeline['output'], unparsed: CheckedPipeline['unparsedOutput']): void {
  if (typeof output !== 'string' || typeof unparsed !== 'string') return;
  const [one, other] = [fileStatusOf(output), fileStatusOf(unparsed)];
  const { resolve } = process.getBuiltinModule('node:path');
  const isSame = one && other ? one.isFile() && isSameFile(one, other) : resolve(output) === resolve(unparsed);
  if (isSame) throw new UsageError(`write ${unparsed}: the output goes there`, { hint: 'write to another file' });
}

/** Returns whether the output is the path of a named pipe. */
export const isPipe = (output: CheckedPipeline['output']): output is string =>
  typeof output === 'string' && (fileStatusOf(output)?.isFIFO() ?? false);

/** Opens a named pipe, after waiting for its reader. @throws OutputError, CancelledError */
export async function pipeOf(path: string, signal: RunSignal | undefined): Promise<Destination> {
  return writtenTo(await openPipe(path, signal));
}

function writtenTo(file: OutputFile): Destination {
  const { fd, name } = file;
  return { ...passive, native: fd, name, commit: () => file.commit(), discard: () => void file.discard() };
}

function streamOf(stream: Writable): Destination {
  const name = 'the output stream';
  ensureWritable(stream, name);
  return { ...passive, native: 'bytes', name, deliver: (job) => writeAll(job, stream, name) };
}
