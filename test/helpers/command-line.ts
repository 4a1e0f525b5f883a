import { parseFlags } from '../../src/cli/flags/parse-flags.js';
import { RUN_FLAGS } from '../../src/cli/flags/run.js';
import { type RunRequest, readRunRequest } from '../../src/cli/run/run-request.js';

/** Returns what a command line of `host run` asks for. */
export const readRequest = (args: string[], warn?: (text: string) => void): RunRequest =>
  readRunRequest(parseFlags('run', RUN_FLAGS, args), warn);
