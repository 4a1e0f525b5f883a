// Copies to and from addresses that may not be mapped. A plugin's pointers are checked this way before they are used.
// Platform: process_vm_readv and process_vm_writev, and /proc/self/mem where a container forbids them. To port it, find
// a call that copies memory and returns an error where a load or a store would fault.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plughost {

// Copies `length` bytes at `address` to `to`. Returns false when some of them are not readable. Never faults. [any]
bool read_memory(uintptr_t address, void *to, size_t length);

// Returns whether `length` bytes at `address` are readable. Unlike read_memory it uses no call that a sandbox refuses;
// but the caller then reads the bytes itself, and faults if another thread unmaps them meanwhile. [any]
bool is_readable(uintptr_t address, size_t length);

// Copies `length` bytes from `from` to `address`. Returns false when some of them are not writable; the first bytes may
// be written then. Never faults. [any]
bool write_memory(uintptr_t address, const void *from, size_t length);

}  // namespace plughost
