// Says what happened when the plugin ends the process or hangs: signal, place, stack, and the line that it held.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runner/channel.hpp"

namespace plughost::runner {

// Installs the handlers, on a stack of their own, and hooks for exit. Once, by the thread that serves requests, before
// any code of the plugin runs.
void trace_faults(const Channel &channel);

// The bytes that pointers of the plugin may lead into while it works: those of the block in work.
void lend(const uint8_t *bytes, size_t size);

// From now on exit is the runner's own.
void end_well();

// Copies a text of the plugin up to its NUL, at most `most` bytes with one; gives its length, 0 where it cannot be
// read, or another thread asks. Safe in a signal handler that may be interrupted by a fault.
size_t read_text(const char *from, char *to, size_t most);

// Whether so many bytes can be read at an address. For the thread that serves requests.
bool can_read(const void *address, size_t size);

}  // namespace plughost::runner
