import type { ImportedSymbol } from './inspection.js';

/** Something that a library can do to the process or system, because it imports certain functions. */
export interface NotableImports {
  /** The end of a sentence that begins with "it may". */
  does: string;
  names: string[];
}

// Functions of C libraries and of Windows. A plugin in the host's process does all of this to the host. Other ways,
// such as inline system calls, are not visible in imports.
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

/** Returns what a user should know about a library's imports before loading it, with the functions that show it. */
export function notableImports(imports: readonly ImportedSymbol[]): NotableImports[] {
  const imported = new Set(imports.map(({ name }) => name));
  return Object.entries(NOTABLE)
    .map(([does, names]) => ({ does, names: names.split(' ').filter((name) => imported.has(name)) }))
    .filter(({ names }) => names.length > 0);
}
