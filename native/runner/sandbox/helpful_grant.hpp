// What a user could grant so that a refused call is allowed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plughost::runner {

// Returns whether `name` is a call that starts a thread (also of the C library). Safe in a signal handler.
bool starts_threads(const char *name);

// Remembers the working folder, which no call tells any more behind init. Before the sandbox is put up.
void remember_folder();

// Writes what would have allowed a call, as the end of a message, at most `most` bytes; an empty text where nothing
// would. `arguments` are the first three of the system call; null: they are not known. Safe in a signal handler.
void write_helpful_grant(const char *name, const uintptr_t *arguments, char *to, size_t most);

}  // namespace plughost::runner
