// What the sandbox refused, reported to the host.
#pragma once

#include <cstdint>

#include "runner/channel.hpp"

namespace plughost::runner {

// From now on system calls that a filter traps fail with EPERM, and are reported through the channel, which must live
// as long as the process.
void report_denials(const Channel &channel);

// Reports that `name` was refused to the code at this address, once for each of both; null: it is not known.
// `arguments` are the first three of the system call, for the grant that would allow it; null: they are not known. Safe
// in a signal handler. [any]
void report_denial(const char *name, const void *at, const uintptr_t *arguments = nullptr);

}  // namespace plughost::runner
