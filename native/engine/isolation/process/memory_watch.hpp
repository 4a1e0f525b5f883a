// Enforces the memory limit of a runner's process.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "os/file/descriptor.hpp"
#include "os/memory/shared_memory.hpp"
#include "os/process/child.hpp"
#include "os/process/process_memory.hpp"

namespace plughost::isolation {

struct RunnerSpec;

// Counts the memory that a runner's process uses, and kills the process when it uses too much.
//
// The runner also limits its own address space before it loads the plugin. That limit alone is not enough: it must be
// wider than the plugin's memory, because reserved address space need not be used, and it does not count memory that
// the host or other processes hold because of the plugin.
class MemoryWatch {
 public:
  // `answers`: memory that the runner writes and the host keeps. `payloads` and `blocks` (null: none): memory of the
  // host that the runner maps, which is not charged to the runner. Throws SystemFailed.
  MemoryWatch(std::shared_ptr<const Child> child, const RunnerSpec &spec, std::shared_ptr<const SharedMemory> answers,
              std::span<const std::shared_ptr<SharedMemory>> payloads, const SharedMemory *blocks);

  // Kills the child when it uses more than its limit. Measures at most every few milliseconds, so it is cheap to call
  // often. [any]
  void check();
  // Whether the child was killed by check(). [any]
  bool exceeded() const { return exceeded_.load(std::memory_order_acquire); }

 private:
  uint64_t shared_by_host() const;
  bool uses_too_much(uint64_t now);
  bool group_uses_too_much();

  const std::shared_ptr<const Child> child_;
  const uint64_t limit_;  // bytes; 0: no limit
  const bool sandboxed_;  // the plugin can neither start processes nor create files in memory
  const ProcessMemory process_;
  const std::shared_ptr<const SharedMemory> answers_;
  const std::vector<std::shared_ptr<SharedMemory>> payloads_;
  const Descriptor blocks_;  // a duplicate, because the run may end before the runner
  std::atomic<uint64_t> next_check_ns_{0};
  std::atomic<bool> exceeded_{false};

  std::mutex mutex_;  // guards the fields below
  uint64_t next_count_ns_ = 0;
  uint64_t next_search_ns_;
  uint64_t newest_process_;
};

}  // namespace plughost::isolation
