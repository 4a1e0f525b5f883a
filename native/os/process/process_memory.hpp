// The memory of a process.
// Platform: statm, status, smaps_rollup, fd and stat in /proc, and /proc/loadavg. Where they are missing, no limit of
// memory can be enforced.
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

  // Returns its anonymous memory, in bytes, by one short read; 0 when the system does not report it.
  uint64_t anonymous() const;
  // Returns all of its memory. Takes ten times as long. Returns nothing when the system does not report it. After the
  // process has been reaped, its number may belong to another one.
  std::optional<MemoryUse> use() const;

 private:
  const pid_t process_;
  const Descriptor short_;
};

// Returns the memory that a file in memory takes now, in bytes; 0 for descriptor -1.
uint64_t held_by(const Descriptor &file);
// Returns the memory, in bytes, of files in memory that the process holds only by descriptors. No mapping shows it.
uint64_t held_by_descriptors(pid_t process);

// Returns the processes of a group, without its leader, that were started after the leader and are visible in /proc.
std::vector<pid_t> others_in_group(pid_t leader);
// Returns the number of the last process or thread that was started on the whole system. While it stays the same, none
// was started.
uint64_t newest_process();
// Returns the process's share, in bytes, of memory that it may share with its parent. Slow.
uint64_t fair_share(pid_t process);

}  // namespace plughost
