// A runner as the host sees it: one child process with one plugin.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/isolation/log_allowance.hpp"
#include "engine/isolation/memory_watch.hpp"
#include "engine/isolation/process_supervisor.hpp"
#include "engine/lines/line_batches.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/fault.hpp"
#include "ipc/protocol.hpp"
#include "os/file/sealed_file.hpp"
#include "os/memory/shared_memory.hpp"

namespace plughost::isolation {

// A library as it was judged, which is what every runner loads, whatever became of the file.
struct JudgedLibrary {
  std::string path;  // the real path of the file that was copied
  std::string name;  // by which others need it; empty for a plugin
  std::shared_ptr<const SealedFile> copy;
};

// The plugin, and the limits that its user sets.
struct RunnerSpec {
  std::string executable;
  JudgedLibrary library;
  std::vector<JudgedLibrary> needed;         // each behind all that it needs itself
  std::shared_ptr<const Descriptor> folder;  // in which the runner works; null: the root
  std::string label;
  std::string config;  // JSON
  bool new_plugin_is_data = false;
  uint32_t new_plugin_size = 0;
  uint64_t memory = 0;   // bytes of private memory; 0: no limit
  uint64_t call_ns = 0;  // for one call or block; 0: no limit
  uint64_t start_ns = 0;
  bool sandbox = false;
  bool threads = false;
  std::vector<std::string> readable, writable;
  std::vector<std::string> identities;  // DEVICE:INODE of each of readable, then of each of writable
  std::shared_ptr<LogAllowance> log = std::make_shared<LogAllowance>();
};

// What it is used for.
struct StageConfig {
  ipc::Role role = ipc::Role::control;
  uint32_t stage = 0;
  bool invert = false;
  Shape shape = Shape::auto_;
  LineEnd line_end = LineEnd::newline;
  const SharedMemory *blocks = nullptr;
  uint64_t payload = 0;  // bytes of the largest
  uint64_t answer = 0;
};

// What the plugin says of itself, copied.
struct Description {
  std::string name;
  std::array<std::vector<uint8_t>, ipc::kKindCount> structs;  // of each kind; empty: the plugin does not offer it
  uint32_t landlock = 0;
};

// Nanoseconds that a plugin has for its destroy.
constexpr uint64_t kDestroyLimit = 1'000'000'000;

// Thrown when a runner cannot be started, or does not come up with its plugin.
struct NotStarted {
  ipc::Fault fault;
};

class RunnerHandle {
 public:
  // Waits until the plugin is ready. Throws NotStarted, SystemFailed and std::bad_alloc, and then there is no process.
  RunnerHandle(std::shared_ptr<const RunnerSpec> spec, const StageConfig &config, uint64_t start_ns);
  // Kills it, unless it has been told to end.
  ~RunnerHandle();
  RunnerHandle(const RunnerHandle &) = delete;
  RunnerHandle &operator=(const RunnerHandle &) = delete;

  const Description &description() const { return description_; }

  // Memory for a request of one slot, of kSlots; whoever uses a slot is alone on it. Throws std::bad_alloc when no
  // request may be so large, and SystemFailed.
  std::span<uint8_t> payload(uint32_t slot, uint64_t size);
  // Sends the request and waits. True: answer() is there. False: the runner is lost, and fault() tells of it. When the
  // context is cancelled the plugin is told, and lost when it does not answer in time. [any]
  bool ask(uint32_t slot, ipc::Request request, const plug_ctx &ctx, uint64_t limit_ns);
  // What of its limit the last request of that slot took: time that the runner had for it.
  uint64_t spent_ns(uint32_t slot) const { return spent_ns_[slot]; }
  // A copy of the answer's head, checked as far as it can be without knowing the request.
  struct AnswerHeader {
    bool possible;  // every field has a value that there is
    ipc::Outcome outcome;
    bool kept;
    uint32_t ranges, origins;
    uint64_t bytes, lines_in, lines_changed;
    std::string operation, message;
    bool contract;
    int32_t code;
    int64_t offset;
    std::span<const uint8_t> payload;  // in memory that the runner can change at any time
  };
  AnswerHeader answer(uint32_t slot) const;
  // Appends a copy of a part of an answer's payload to *to. What the part has of memory beyond a few pages is given
  // back. Throws std::bad_alloc.
  void copy(std::span<const uint8_t> part, ByteBuffer *to) const;

  // Ends the runner for what it answered a slot: what cannot be, or that the plugin broke.
  void blame(uint32_t slot, ipc::FaultKind kind, const std::string &operation, const std::string &message);

  // Once it is lost: why, and whether it was working for the last request of that slot.
  const ipc::Fault &fault() const { return *fault_; }
  bool blames(uint32_t slot) const { return culprit_ == asked_[slot]; }
  bool blames_nobody() const { return culprit_ == 0; }
  bool lost() const { return lost_.load(std::memory_order_acquire); }

  // Lets the plugin's destroy run, and waits for it.
  void end(uint64_t limit_ns);

 private:
  void await_ready(uint64_t limit_ns);
  void read_description();
  void refuse();
  void lose(ipc::FaultKind kind);
  void lose(ipc::Fault fault, uint64_t culprit);
  void await_end(uint64_t limit_ns) const;
  ipc::Fault describe(ipc::FaultKind kind) const;
  void read_trace(const ipc::Trace &trace, ipc::Fault *fault) const;
  void read_log();

  const std::shared_ptr<const RunnerSpec> spec_;
  SharedMemory request_memory_;
  std::array<std::shared_ptr<SharedMemory>, ipc::kSlots> payloads_;
  std::shared_ptr<SharedMemory> result_memory_;
  ipc::Requests *const requests_;
  const ipc::Results *const results_;
  std::shared_ptr<Child> child_;
  std::shared_ptr<MemoryWatch> memory_;
  Description description_;
  bool ready_ = false;  // it came up; before that no other thread knows of it

  std::mutex mutex_;  // guards what follows
  uint64_t sequence_ = 0;
  uint32_t read_log_ = 0;
  std::optional<ipc::Fault> fault_;  // once, before lost_
  uint64_t culprit_ = 0;

  uint64_t asked_[ipc::kSlots] = {};      // the last sequence of each slot, its own
  uint64_t spent_ns_[ipc::kSlots] = {};   // likewise: of its last limit
  std::atomic<uint64_t> progress_ns_{0};  // when the last answer came
  std::atomic<bool> lost_{false};
};

// Returns a runner that is ready. Something outside may kill one before it is, and then it is tried again. Throws
// NotStarted.
std::shared_ptr<RunnerHandle> start_runner(const std::shared_ptr<const RunnerSpec> &spec, const StageConfig &config);

}  // namespace plughost::isolation
