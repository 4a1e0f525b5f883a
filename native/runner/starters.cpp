// What starts processes and threads. Around the system call the C library blocks every signal, so that the filter could
// not tell who made it; these tell. The program's own definitions are found before the C library's by every library
// that is loaded.
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

// Ends the function when it is refused.
#define REFUSE_IN_SANDBOX(name, result)                                  \
  if (plughost::runner::is_sandboxed()) {                                \
    plughost::runner::report_denial(#name, __builtin_return_address(0)); \
    errno = EPERM;                                                       \
    return result;                                                       \
  }
#define OF_THE_LIBRARY(name) reinterpret_cast<decltype(&(name))>(dlsym(RTLD_NEXT, #name))

EXPORTED pid_t fork() noexcept {
  REFUSE_IN_SANDBOX(fork, -1)
  return OF_THE_LIBRARY(fork)();
}

// Without sharing memory, which no function can hand through.
EXPORTED pid_t vfork() noexcept {
  REFUSE_IN_SANDBOX(vfork, -1)
  return OF_THE_LIBRARY(fork)();
}

EXPORTED int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                         const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
  REFUSE_IN_SANDBOX(posix_spawn, EPERM)
  return OF_THE_LIBRARY(posix_spawn)(pid, path, actions, attributes, arguments, environment);
}

EXPORTED int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                          const posix_spawnattr_t *attributes, char *const arguments[], char *const environment[]) {
  REFUSE_IN_SANDBOX(posix_spawnp, EPERM)
  return OF_THE_LIBRARY(posix_spawnp)(pid, file, actions, attributes, arguments, environment);
}

EXPORTED int system(const char *command) {
  REFUSE_IN_SANDBOX(system, -1)
  return OF_THE_LIBRARY(system)(command);
}

EXPORTED FILE *popen(const char *command, const char *mode) {
  REFUSE_IN_SANDBOX(popen, nullptr)
  return OF_THE_LIBRARY(popen)(command, mode);
}

EXPORTED int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                            void *argument) noexcept {
  if (plughost::runner::is_sandboxed() && !plughost::runner::may_start_threads()) {
    plughost::runner::report_denial("pthread_create", __builtin_return_address(0));
    return EPERM;
  }
  return OF_THE_LIBRARY(pthread_create)(thread, attributes, body, argument);
}
