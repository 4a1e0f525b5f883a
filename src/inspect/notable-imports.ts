import type { ImportedSymbol } from './inspection.js';

/** What a library can do beyond its own memory because it takes certain functions from the system. */
export interface NotableImports {
  /** As the end of a sentence that begins with "it may". */
  does: string;
  names: string[];
}

// By the names that C libraries and Windows give to their functions. A plugin that is loaded shares all of this with its
// host. What a library may do by other ways, such as system calls of its own, does not show.
const NOTABLE: Record<string, string> = {
  'end the process':
    'exit _exit _Exit quick_exit abort __assert_fail __assert_rtn _assert _wassert kill raise ExitProcess TerminateProcess',
  'start programs':
    'fork vfork clone posix_spawn posix_spawnp system _wsystem popen _popen _wpopen execl execle execlp execv execve ' +
    'execvp execvpe fexecve CreateProcessA CreateProcessW ShellExecuteA ShellExecuteW WinExec',
  'use the network':
    'socket connect bind listen accept accept4 getaddrinfo gethostbyname WSAStartup WSASocketA WSASocketW WSAConnect',
  'load or make code':
    'dlopen dlmopen mprotect memfd_create LoadLibraryA LoadLibraryW LoadLibraryExA LoadLibraryExW VirtualProtect',
  'change the whole process':
    'signal sigaction setlocale setenv putenv unsetenv clearenv chdir fchdir umask setrlimit setrlimit64 setuid setgid ' +
    'prctl chroot dup2 alarm setitimer SetUnhandledExceptionFilter SetConsoleCtrlHandler SetCurrentDirectoryA ' +
    'SetCurrentDirectoryW SetEnvironmentVariableA SetEnvironmentVariableW',
  'make system calls of its own': 'syscall',
};

/** What somebody who is about to load a library would like to know of its imports; for each kind those that tell it. */
export function notableImports(imports: readonly ImportedSymbol[]): NotableImports[] {
  const taken = new Set(imports.map(({ name }) => name));
  return Object.entries(NOTABLE)
    .map(([does, names]) => ({ does, names: names.split(' ').filter((name) => taken.has(name)) }))
    .filter(({ names }) => names.length > 0);
}
