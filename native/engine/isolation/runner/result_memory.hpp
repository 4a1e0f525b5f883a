// The memory in which a runner writes results. Everything in it is copied before it is checked, because the plugin may
// write there too, at any time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/isolation/isolated_plugin.hpp"
#include "engine/plugin/sink.hpp"
#include "ipc/fault.hpp"
#include "ipc/protocol.hpp"
#include "os/memory/shared_memory.hpp"

namespace plughost::isolation {

// A copy of the fixed fields of an answer, checked as far as that is possible without the request.
struct AnswerHeader {
  bool possible;  // every field has a value that the protocol knows
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

// Why a plugin could not be started, as the runner says.
struct RefusalText {
  ipc::Refusal refusal;
  int32_t code;
  std::string message;
};

class ResultMemory {
 public:
  // `answers_size`: bytes for the answers of all slots. Throws SystemFailed.
  explicit ResultMemory(uint64_t answers_size);

  const ipc::Results &results() const { return results_; }
  // Only the runner can write to it. Shared, because the supervisor and the memory watch may outlive the runner's
  // handle.
  const std::shared_ptr<SharedMemory> &memory() const { return memory_; }

  // Returns what the plugin declares about itself; nothing when that breaks the protocol or the contract.
  std::optional<Description> description() const;
  // Returns the reason for a state of State::refused; nothing when there is no valid one.
  std::optional<RefusalText> refusal() const;
  AnswerHeader answer(uint32_t slot) const;
  // Appends a copy of a part of an answer's payload to *to. Gives the memory of a large part back to the system.
  // Throws std::bad_alloc.
  void copy(std::span<const uint8_t> part, ByteBuffer *to) const;
  // Adds a trace to *fault. `spec` has the real paths of the files that a trace may name.
  void read_trace(const ipc::Trace &trace, const RunnerSpec &spec, ipc::Fault *fault) const;

 private:
  const std::shared_ptr<SharedMemory> memory_;
  const ipc::Results &results_;
  const uint64_t answer_size_;  // of one slot
};

}  // namespace plughost::isolation
