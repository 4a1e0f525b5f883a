// Hints which --grant would have allowed a refused call.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plughost::runner {

// Returns whether `name` starts a thread: a system call or a function of the C library. Async-signal-safe.
bool starts_threads(const char *name);

// Stores the working folder for relative paths in hints. Call it before the sandbox is entered, which refuses getcwd
// later.
void remember_folder();

// Writes the hint, as the end of a message, to `to`: at most `most` bytes with a NUL, empty if no grant would help.
// `arguments` are the first three of the system call; null: unknown. Async-signal-safe; snprintf does not allocate
// here.
void write_grant_hint(const char *name, const uintptr_t *arguments, char *to, size_t most);

}  // namespace plughost::runner
