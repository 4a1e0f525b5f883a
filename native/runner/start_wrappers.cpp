// Wraps the functions of the C library that start processes and threads. In the sandbox they report the call and fail.
// The filter of system calls could not report who called: around clone the C library blocks every signal, so its SIGSYS
// would kill the process. All libraries find these definitions before the C library's, because the program exports
// them. Called by the plugin on any of its threads.
#include <dlfcn.h>
#include <pthread.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "runner/sandbox/denials.hpp"
#include "runner/sandbox/sandbox.hpp"

#define EXPORTED extern "C" __attribute__((visibility("default")))

// Makes the function fail in the sandbox.
#define REFUSE_IN_SANDBOX(name, result)                                  \
  if (plughost::runner::is_sandboxed()) {                                \
    plughost::runner::report_denial(#name, __builtin_return_address(0)); \
    errno = EPERM;                                                       \
    return result;                                                       \
  }
#define LIBC_FUNCTION(name) reinterpret_cast<decltype(&(name))>(dlsym(RTLD_NEXT, #name))

EXPORTED pid_t fork() noexcept {
  REFUSE_IN_SANDBOX(fork, -1)
  return LIBC_FUNCTION(fork)();
}

// Forks instead: a wrapper cannot return from vfork in the child, which shares the parent's stack.
EXPORTED pid_t vfork() noexcept {
  REFUSE_IN_SANDBOX(vfork, -1)
  return LIBC_FUNCTION(fork)();
}

EXPORTED int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                         const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
  REFUSE_IN_SANDBOX(posix_spawn, EPERM)
  return LIBC_FUNCTION(posix_spawn)(pid, path, actions, attributes, arguments, environment);
}

EXPORTED int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                          const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
  REFUSE_IN_SANDBOX(posix_spawnp, EPERM)
  return LIBC_FUNCTION(posix_spawnp)(pid, file, actions, attributes, arguments, environment);
}

EXPORTED int system(const char *command) {
  REFUSE_IN_SANDBOX(system, -1)
  return LIBC_FUNCTION(system)(command);
}

EXPORTED FILE *popen(const char *command, const char *mode) {
  REFUSE_IN_SANDBOX(popen, nullptr)
  return LIBC_FUNCTION(popen)(command, mode);
}

EXPORTED int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                            void *argument) noexcept {
  if (plughost::runner::is_sandboxed() && !plughost::runner::may_start_threads()) {
    plughost::runner::report_denial("pthread_create", __builtin_return_address(0));
    return EPERM;
  }
  return LIBC_FUNCTION(pthread_create)(thread, attributes, body, argument);
}
