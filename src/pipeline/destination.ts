import type { Writable } from 'node:stream';
import type { CheckedInput, CheckedPipeline } from './arguments.js';
import { fileStatusOf } from './file-status.js';
import type { Job } from './job.js';
import { type OutputFile, openOutputFile, openPipe, refuseInputs } from './output-file.js';
import { ensureWritable, writeAll } from './stream-output.js';

/** Where the bytes of one run go. */
export interface Destination {
  /** What the engine is told: a descriptor, nothing, or that the bytes are taken from it. */
  native: number | null | 'bytes';
  /** For messages. */
  name: string;
  /** Sees the bytes of a run out, until all are written. @throws OutputError, and what the run ends by */
  conduct(job: Job): Promise<void>;
  /** All of it is written. @throws OutputError */
  commit(): void;
  /** It is not complete, and nothing of a new file stays. After `commit` it does nothing. */
  discard(): void;
}

const asItIs = { async conduct() {}, commit() {}, discard() {} };

/** @throws OutputError when it cannot be written; UsageError when it is also an input, or no name of a file */
export function destinationOf(output: CheckedPipeline['output'], inputs: readonly CheckedInput[]): Destination {
  if (output === undefined) return { native: null, name: '', ...asItIs };
  if (typeof output === 'string') return fileOf(output, inputs);
  if ('fd' in output && 'name' in output) return { native: output.fd, name: output.name, ...asItIs };
  return streamOf(output as Writable);
}

function fileOf(path: string, inputs: readonly CheckedInput[]): Destination {
  const facts = fileStatusOf(path);
  const sources = inputs.map((input) => (typeof input === 'string' ? input : input.fd));
  refuseInputs(path, facts?.isFile() ? facts : undefined, sources);
  return writtenTo(openOutputFile(path, false));
}

/** Whether it is the path of a named pipe. */
export const isPipe = (output: CheckedPipeline['output']): output is string =>
  typeof output === 'string' && (fileStatusOf(output)?.isFIFO() ?? false);

/** As `destinationOf`, when somebody reads the pipe. @throws OutputError, CancelledError */
export async function pipeOf(path: string, signal: AbortSignal | undefined): Promise<Destination> {
  return writtenTo(await openPipe(path, signal));
}

function writtenTo(file: OutputFile): Destination {
  const { fd, name } = file;
  return { ...asItIs, native: fd, name, commit: () => file.commit(), discard: () => void file.discard() };
}

function streamOf(stream: Writable): Destination {
  const name = 'the output stream';
  ensureWritable(stream, name);
  return { ...asItIs, native: 'bytes', name, conduct: (job) => writeAll(job, stream, name) };
}
