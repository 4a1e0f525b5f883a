// What is at an address, asked without touching it: a plugin's pointers are checked before they are believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace plughost {

// Copies `length` bytes at `address` to `to`; false when not all of them are readable. Never faults. [any]
bool read_memory(uintptr_t address, void *to, size_t length);

// Copies `length` bytes from `from` to `address`; false, and nothing written or only a beginning, when not all of them
// may be written. Never faults. [any]
bool write_memory(uintptr_t address, const void *from, size_t length);

struct Mapping {
  std::string path;  // as the dynamic loader knows it; empty for the program itself
  bool executable;
  uintptr_t begin, end;  // of the segment
};

// Whether the memory at an address is a mapping of the file at `path`, by device and inode as the system counts them;
// nothing when the system does not tell. [any]
std::optional<bool> is_mapped_from(uintptr_t address, const std::string &path);

// The loaded object whose segment holds `address`; nothing when no object does. [any]
std::optional<Mapping> mapping_at(uintptr_t address);

}  // namespace plughost
