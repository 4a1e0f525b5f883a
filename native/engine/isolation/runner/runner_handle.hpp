// A runner as the host sees it: one child process with one plugin.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "engine/isolation/isolated_plugin.hpp"
#include "engine/isolation/process/memory_watch.hpp"
#include "engine/isolation/process/process_supervisor.hpp"
#include "engine/isolation/process/time_budget.hpp"
#include "engine/isolation/runner/request_memory.hpp"
#include "engine/isolation/runner/result_memory.hpp"
#include "engine/isolation/runner/runner_log.hpp"
#include "engine/isolation/runner/stage_config.hpp"
#include "ipc/fault.hpp"
#include "ipc/protocol.hpp"
#include "os/memory/shared_memory.hpp"

namespace plughost::isolation {

// Thrown when a runner cannot be started, or when its plugin does not become ready.
struct NotStarted {
  ipc::Fault fault;
};

class RunnerHandle {
 public:
  // Starts the process and waits until the plugin is ready. Throws NotStarted, SystemFailed and std::bad_alloc; then
  // the process is killed.
  RunnerHandle(std::shared_ptr<const RunnerSpec> spec, const StageConfig &config, uint64_t start_ns);
  // Kills the process if it still runs.
  ~RunnerHandle();
  RunnerHandle(const RunnerHandle &) = delete;
  RunnerHandle &operator=(const RunnerHandle &) = delete;

  const Description &description() const { return description_; }

  // A runner has kSlots slots. At any time at most one thread may use a slot, from payload() until it has read the
  // answer.

  // Returns memory for the payload of the next request of a slot. Throws SystemFailed, and std::bad_alloc when the
  // request is too large.
  std::span<uint8_t> payload(uint32_t slot, uint64_t size);
  // Sends the request and waits for its answer. Returns true when answer() is available, false when the runner is lost
  // and fault() has the reason. When the context is cancelled, passes that on to the plugin, and kills a runner that
  // does not answer soon. [any]
  bool ask(uint32_t slot, ipc::Request request, const plug_ctx &ctx, uint64_t limit_ns);
  // Returns how much of its time limit the last request of the slot used.
  uint64_t spent_ns(uint32_t slot) const { return spent_ns_[slot]; }
  AnswerHeader answer(uint32_t slot) const { return results_.answer(slot); }
  // As ResultMemory::copy.
  void copy(std::span<const uint8_t> part, ByteBuffer *to) const { results_.copy(part, to); }

  // Kills the runner because of its answer in a slot, which was invalid or reported a panic.
  void blame(uint32_t slot, ipc::FaultKind kind, const std::string &operation, const std::string &message);

  // Whether the runner is lost: it died, was killed, or was blamed. The functions below need a lost runner. [any]
  bool lost() const { return lost_.load(std::memory_order_acquire); }
  const ipc::Fault &fault() const { return *fault_; }
  // Whether the runner was working on the last request of the slot.
  bool blames(uint32_t slot) const { return culprit_ == asked_[slot]; }
  // Whether it was working on no request at all.
  bool blames_no_request() const { return culprit_ == 0; }

  // For EndingRunners, which one thread uses:

  // Asks the runner to end, which calls the plugin's destroy. That has a second.
  void begin_end();
  // Returns whether the runner is still about to end: it has not ended, and its time is not over.
  bool is_ending();
  // Waits until it has ended, at most a millisecond.
  void await_end_briefly() const;
  // Passes on what the plugin has logged meanwhile. Logs a warning if the process was still in the plugin's state_free
  // or destroy when it ended, or when its time was over, unless another process of the plugin failed in the same way.
  void finish_end();

 private:
  void await_ready(uint64_t limit_ns);
  void read_description();
  void lose_refused();
  void lose(ipc::FaultKind kind);
  void lose(ipc::Fault fault, uint64_t culprit);
  void await_end(uint64_t limit_ns) const;
  ipc::Fault describe(ipc::FaultKind kind) const;

  const std::shared_ptr<const RunnerSpec> spec_;
  RequestMemory request_memory_;
  ResultMemory results_;
  RunnerLog log_;
  std::array<std::shared_ptr<SharedMemory>, ipc::kSlots> payloads_;
  std::shared_ptr<Child> child_;
  std::shared_ptr<MemoryWatch> memory_;
  Description description_;
  bool ready_ = false;  // the plugin became ready; set before any other thread has the handle

  std::mutex mutex_;                 // guards the fields below
  uint64_t sequence_ = 0;            // of the last request
  std::optional<ipc::Fault> fault_;  // set once, before lost_
  uint64_t culprit_ = 0;             // the sequence of the request in work when the runner was lost; 0: none

  uint64_t asked_[ipc::kSlots] = {};      // the last sequence of each slot, for the thread that uses it
  uint64_t spent_ns_[ipc::kSlots] = {};   // likewise
  std::atomic<uint64_t> progress_ns_{0};  // when the last answer came
  std::atomic<bool> lost_{false};
  std::optional<TimeBudget> destroy_budget_;  // since begin_end()
};

// Returns a runner that is ready. Retries when the process was killed by SIGKILL, because that may have come from
// outside. Throws NotStarted.
std::shared_ptr<RunnerHandle> start_runner(const std::shared_ptr<const RunnerSpec> &spec, const StageConfig &config);

}  // namespace plughost::isolation
