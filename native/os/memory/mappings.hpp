// The files that are mapped into this process.
// Platform: /proc/self/maps and dl_iterate_phdr. To port it, ask the system for the mappings of this process and the
// dynamic loader for its modules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace plughost {

// A segment of a file that the dynamic loader mapped.
struct Mapping {
  std::string path;  // as the dynamic loader knows it; empty for the program itself
  bool executable;
  uintptr_t begin, end;  // addresses
};

// Returns whether the memory at `address` is mapped from the file at `path`. Compares device and inode as the system
// counts them. Returns nothing when the system does not say, or the file cannot be opened. [any]
std::optional<bool> is_mapped_from(uintptr_t address, const std::string &path);

// Returns the segment that holds `address`, or nothing when the dynamic loader mapped no segment there. [any]
std::optional<Mapping> mapping_at(uintptr_t address);

}  // namespace plughost
