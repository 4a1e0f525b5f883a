import { statSync } from 'node:fs';
import { RUNNER } from '../../addon/location/runner-path.js';
import { RunnerError } from '../../errors/index.js';
import { systemReason } from '../../text/system-reason.js';

const errnos = () => process.getBuiltinModule('node:os').constants.errno;

/** Returns what the user can do about an errno. In none of these cases is the plugin to blame. */
function hintOf(errno: number): string | undefined {
  const { EAGAIN, EMFILE, ENFILE, ENOMEM, ENOSYS, EPERM } = errnos();
  switch (errno) {
    case EMFILE:
      return 'this process has as many files open as it may: raise that limit (ulimit -n), or use fewer workers (-j)';
    case ENFILE:
      return 'the whole system has as many files open as it may: raise fs.file-max (sysctl)';
    case EAGAIN:
      return 'this user, or the container, has as many processes and threads as it may: raise that limit (ulimit -u, pids.max)';
    case ENOMEM:
      return 'there is not enough memory for it: look at the limits of this process (ulimit -v) and of its container';
    case EPERM:
      return 'the system forbids that call: look at the seccomp profile of the container';
    case ENOSYS:
      return 'the system does not have that call: look at its version, and at the seccomp profile of the container';
    default:
      return undefined;
  }
}

/** The engine's name for starting the program. Other operations prepare for it. */
const START_PROGRAM = 'start plughost-runner';

/**
 * Returns the error for a system call that failed when a run or the process of a plugin was started.
 * @param what the run or process
 * @param operation what the host asked the system for
 */
export function runnerErrorOf(what: string, operation: string, errno: number): RunnerError {
  const own = operation === START_PROGRAM ? executableFault(errno) : undefined;
  const reason = own?.reason ?? systemReason(errno);
  const hint = own?.hint ?? hintOf(errno) ?? 'it is not the plugin: look at the limits of this process (ulimit -a)';
  const subject = operation === START_PROGRAM ? `${operation} (${RUNNER})` : operation;
  return new RunnerError(what, `${subject}: ${reason}`, { hint, errno });
}

/** Returns why the program cannot be executed; undefined when the errno has another cause. */
function executableFault(errno: number): { reason: string; hint: string } | undefined {
  const { EACCES, ENOENT, ENOEXEC } = errnos();
  const hint = 'install plughost again, or build it with: npm run build';
  const status = statSync(RUNNER, { throwIfNoEntry: false });
  switch (errno) {
    case ENOENT:
      return { reason: status ? 'the loader of programs that it names is missing' : 'there is no such file', hint };
    case ENOEXEC:
      return { reason: 'it is no program for this machine, or is damaged', hint };
    case EACCES:
      if (status && (status.mode & 0o111) === 0) return { reason: 'it is not executable', hint: `chmod +x ${RUNNER}` };
      return {
        reason: 'this user may not execute it, or its file system is mounted with noexec',
        hint: `look at its rights and its file system: ls -l ${RUNNER}; findmnt -T ${RUNNER}`,
      };
    default:
      return undefined;
  }
}
