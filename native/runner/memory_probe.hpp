// Reads memory at addresses that a plugin gave, which may be wrong. Used while the plugin is loaded, and by the SIGSYS
// handler while it is called.
#pragma once

#include <cstddef>

namespace plughost::runner {

// Returns whether all bytes [address, address + size) can be read. It reads them, and catches the fault. Only for the
// thread that serves requests, after install_fault_handlers(). Async-signal-safe.
bool can_read(const void *address, size_t size);

// Copies the text at `from`, up to its NUL and at most `most` - 1 bytes, and adds a NUL. Returns the length: 0 if the
// text cannot be read, if another thread calls, or if can_read() is running. Async-signal-safe.
size_t read_text(const char *from, char *to, size_t most);

// Returns whether can_read() is running on this thread. Then a fault is that of the probe. Async-signal-safe.
bool is_probing();

// Leaves the signal handler and makes can_read() return false. Only if is_probing().
[[noreturn]] void fail_probe();

}  // namespace plughost::runner
