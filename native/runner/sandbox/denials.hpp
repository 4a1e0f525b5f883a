// Reports to the host which calls the sandbox refused.
#pragma once

#include <cstdint>

#include "runner/channel.hpp"

namespace plughost::runner {

// Installs the handler of SIGSYS, on the handlers' stack. System calls that a filter traps then fail with EPERM and are
// reported. `channel` must live as long as the process. Call it before a filter is installed.
void report_denials(const Channel &channel);

// Logs that the call `name` was refused to the code at `at`, once for each pair. `at` may be null. `arguments` are the
// first three of the system call, which the hint for a grant needs; null: unknown. Async-signal-safe except for dladdr.
// [any]
void report_denial(const char *name, const void *at, const uintptr_t *arguments = nullptr);

}  // namespace plughost::runner
