// Walks the stack of the calling thread.
#pragma once

#include <cstddef>

namespace plughost::runner {

// Writes at most `max` return addresses, innermost first, beginning with one in the caller. Returns their number.
// Unlike backtrace() of the C library it loads no library, which could be a foreign one of the same name.
// Async-signal-safe after the first call. [any]
size_t walk_stack(void **frames, size_t max);

// Loads libgcc_s, which the C library needs for pthread_exit and pthread_cancel. Otherwise it would be loaded at the
// first such call, when the sandbox opens no files any more. Call it once the sandbox for loading is entered, because a
// library of that name may be foreign code, and before the plugin is loaded.
void load_unwinder();

}  // namespace plughost::runner
