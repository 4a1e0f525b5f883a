// Hooks for the end of this process by a crash or by a call of exit, and what a signal handler may use.
// Platform: sigaction, on_exit, pthread_atfork, backtrace and dladdr. To port it, find the system's way to see a crash
// before the process ends, and to name the function of an address.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plughost {

// Called with a text such as "it crashed with SIGSEGV", on the thread that ends the process. Locks and memory may be
// broken, so the hook must neither lock nor allocate. Returns whether a plugin is to blame.
using EndHook = bool (*)(const char *what);

// The exit status of a process that a plugin ended; sysexits.h calls it a software error.
inline constexpr int kEndedByPlugin = 70;

// Calls `hook` before SIGSEGV, SIGBUS, SIGILL, SIGFPE or SIGABRT ends the process, and when exit or quick_exit is
// called. When no plugin is to blame, an earlier handler is called, or exit goes on. Otherwise the signal ends the
// process as it would have, and exit becomes an end with status kEndedByPlugin. A second call does nothing. [control]
void install_end_hook(EndHook hook);

// Calls `hook` in each copy of this process that fork makes, on the thread that called fork. [control]
void install_fork_hook(void (*hook)());

// Writes to standard error; an error is ignored. For hooks. [any]
void write_to_standard_error(const char *text, size_t size);

// Returns true for the first thread that calls it, and again for that thread. Other threads wait in it until the
// process ends. For hooks. [any]
bool claim_last_words();

// Whether this is the first thread of the process. For hooks. [any]
bool is_first_thread();

// A function on this thread's stack.
struct CodePlace {
  const char *file;    // the base name
  const char *symbol;  // null: unknown
  uintptr_t offset;    // bytes in the file as it is loaded
};

// Finds the innermost function on this thread's stack that belongs neither to the system's C library, nor to the
// program, nor to this library. `later`: only in libraries that were loaded after install_end_hook, because Node itself
// may consist of several. Returns false when there is none. For hooks. [any]
bool find_foreign_function(CodePlace *place, bool later);

}  // namespace plughost
