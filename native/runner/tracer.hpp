// Writes a trace into the memory that the host reads when the plugin ends the process or hangs: signal, stack, and the
// line that the plugin was working on. Installed before the plugin is loaded; the handlers may run at any time after.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runner/channel.hpp"

namespace plughost::runner {

// Installs handlers for signals of faults and for the host's question SIGUSR2, on a stack of their own, and hooks for
// exit. Call it once, on the thread that serves requests, before any code of the plugin runs. `channel` must live as
// long as the process.
void install_fault_handlers(const Channel &channel);

// Sets the handlers of SIGSEGV and SIGBUS again, which a caught fault reset. Async-signal-safe.
void reinstall_fault_handlers();

// Returns whether this is the thread that called install_fault_handlers(). Async-signal-safe.
bool is_serving_thread();

// Names the bytes that the plugin works on. A trace reports which of them registers and stack point to. Called by the
// serving thread before each call of the plugin; null: none.
void set_bytes_in_work(const uint8_t *bytes, size_t size);

// Called before the runner ends by itself: exit is no fault from now on.
void expect_exit();

}  // namespace plughost::runner
