// Where calls of this thread return to.
#pragma once

#include <cstddef>

namespace plughost::runner {

// Fills in up to `max` return addresses, innermost first and the caller's own among them, and returns how many there
// are. Unlike backtrace() of the C library it loads nothing: a library that is looked for by its name could be another
// one. Safe in a signal handler.
size_t walk_stack(void **frames, size_t max);

// Loads the library by which the C library ends threads (pthread_exit, pthread_cancel). It would do so at the first
// such call, which is too late: in the sandbox no file can be opened any more. Call it when the sandbox is up, because
// a library of that name may be foreign code.
void load_unwinder();

}  // namespace plughost::runner
