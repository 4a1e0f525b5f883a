// Memory of a process, as the kernel counts it in /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "os/file/descriptor.hpp"

namespace plughost {

// Bytes.
struct MemoryUse {
  uint64_t own;     // anonymous, swapped out, huge pages, page tables
  uint64_t shared;  // mapped with others, in memory and in no file
};

class ProcessMemory {
 public:
  explicit ProcessMemory(pid_t process);

  // Its anonymous memory, for the price of one short read; 0 when the system does not tell.
  uint64_t anonymous() const;
  // All of it, ten times as slow; nothing when the system does not tell. The number of a process that is gone may be
  // another's by then.
  std::optional<MemoryUse> use() const;

 private:
  const pid_t process_;
  const Descriptor short_;
};

// What a file in memory takes by now; 0 without one.
uint64_t held_by(const Descriptor &file);
// What the process holds in descriptors of files that have no name but this: memory that no mapping shows.
uint64_t held_by_descriptors(pid_t process);

// The members of a process group beside its leader that were started after it, as far as they can be seen.
std::vector<pid_t> others_in_group(pid_t leader);
// The number of the process that was started last, on the whole system: when it stays the same nobody was.
uint64_t newest_process();
// What is a process's own share of memory that it may have in common with its parent; slow.
uint64_t fair_share(pid_t process);

}  // namespace plughost
