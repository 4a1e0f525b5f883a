// Sees to it that a runner's process does not hold more memory than its plugin may have.
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

// The runner limits its own address space before the plugin is loaded, and that is the wall. It is wider than what the
// plugin may have, because whoever reserves memory need not use it, and it does not count what the host or other
// processes hold on the plugin's behalf. So the host counts what is used, and kills the process that holds too much.
class MemoryWatch {
 public:
  // `answers` is what the runner writes and the host holds; `payloads` and `blocks`, if there are any, are the host's
  // own and the runner may read them. Throws SystemFailed.
  MemoryWatch(std::shared_ptr<const Child> child, const RunnerSpec &spec, std::shared_ptr<const SharedMemory> answers,
              std::span<const std::shared_ptr<SharedMemory>> payloads, const SharedMemory *blocks);

  // Kills the child when it holds more than it may. Looks at most every few milliseconds, so that it may be called as
  // often as one likes. [any]
  void look();
  // Whether it was killed for that. [any]
  bool exceeded() const { return exceeded_.load(std::memory_order_acquire); }

 private:
  uint64_t lent() const;
  bool holds_too_much(uint64_t now);
  bool group_holds_too_much();

  const std::shared_ptr<const Child> child_;
  const uint64_t limit_;  // bytes; 0: nothing is watched
  const bool alone_;      // it can neither start processes nor hold memory by descriptors
  const ProcessMemory process_;
  const std::shared_ptr<const SharedMemory> answers_;
  const std::vector<std::shared_ptr<SharedMemory>> payloads_;
  const Descriptor blocks_;  // of the memory of a run, which may end before
  std::atomic<uint64_t> next_look_ns_{0};
  std::atomic<bool> exceeded_{false};

  std::mutex mutex_;  // guards what follows
  uint64_t next_count_ns_ = 0;
  uint64_t next_search_ns_;
  uint64_t newest_process_;
};

}  // namespace plughost::isolation
