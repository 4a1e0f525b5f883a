import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { RunnerError } from '../../errors/index.js';
import { systemReason } from '../../text/system-reason.js';
import { RUNNER } from './runner-path.js';

const { EACCES, EAGAIN, EMFILE, ENFILE, ENOENT, ENOEXEC, ENOMEM, ENOSYS, EPERM } = constants.errno;

/** What whoever runs the host can do about each reason; none of them is the plugin's. */
const HINTS = new Map<number, string>([
  [EMFILE, 'this process has as many files open as it may: raise that limit (ulimit -n), or use fewer workers (-j)'],
  [ENFILE, 'the whole system has as many files open as it may: raise fs.file-max (sysctl)'],
  [
    EAGAIN,
    'this user, or the container, has as many processes and threads as it may: raise that limit (ulimit -u, pids.max)',
  ],
  [ENOMEM, 'there is not enough memory for it: look at the limits of this process (ulimit -v) and of its container'],
  [EPERM, 'the system forbids that call: look at the seccomp profile of the container'],
  [ENOSYS, 'the system does not have that call: look at its version, and at the seccomp profile of the container'],
]);

/** What the engine says when it starts the program itself; other operations prepare for that. */
const START_PROGRAM = 'start plughost-runner';

/**
 * The error for what the system refused a run, or the process of a plugin.
 * @param what what could not be started
 * @param operation what was wanted of the system
 */
export function runnerErrorOf(what: string, operation: string, errno: number): RunnerError {
  const own = operation === START_PROGRAM ? executableFault(errno) : undefined;
  const reason = own?.reason ?? systemReason(errno);
  const hint = own?.hint ?? HINTS.get(errno) ?? 'it is not the plugin: look at the limits of this process (ulimit -a)';
  const subject = operation === START_PROGRAM ? `${operation} (${RUNNER})` : operation;
  return new RunnerError(what, `${subject}: ${reason}`, { hint, errno });
}

/** Why the program itself cannot be executed, when it is that. */
function executableFault(errno: number): { reason: string; hint: string } | undefined {
  const hint = 'install plughost again, or build it with: npm run build';
  const facts = statSync(RUNNER, { throwIfNoEntry: false });
  switch (errno) {
    case ENOENT:
      return { reason: facts ? 'the loader of programs that it names is missing' : 'there is no such file', hint };
    case ENOEXEC:
      return { reason: 'it is no program for this machine, or is damaged', hint };
    case EACCES:
      if (facts && (facts.mode & 0o111) === 0) return { reason: 'it is not executable', hint: `chmod +x ${RUNNER}` };
      return {
        reason: 'this user may not execute it, or its file system is mounted with noexec',
        hint: `look at its rights and its file system: ls -l ${RUNNER}; findmnt -T ${RUNNER}`,
      };
    default:
      return undefined;
  }
}
