// The runner's side of the memory that it shares with the host (ipc/protocol.hpp).
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/protocol.hpp"
#include "ipc/shared_blocks.hpp"
#include "plughost/host.h"

namespace plughost::runner {

// Made at the start of the process and alive until its end. The main thread uses it, except for the calls tagged [any].
// The host writes the requests, the runner the results. The runner trusts the requests.
class Channel {
 public:
  // Maps the descriptors that the process inherited, and closes all others but the standard ones and those of
  // libraries. Returns false if they are not there, with errno, or if the host has another version of the protocol.
  bool open();

  const ipc::Requests &requests() const { return *requests_; }
  ipc::Results &results() const { return *results_; }
  // The memory of a slot's request.
  std::span<const uint8_t> payload(uint32_t slot) const;
  // The memory for a slot's answer.
  std::span<uint8_t> answer(uint32_t slot) const;
  // The memory of blocks that the host reads into; empty if the stage may not see whole blocks.
  std::span<const uint8_t> blocks() const { return blocks_; }
  // Returns a text of Requests.
  std::string text(ipc::Part part) const;
  // Returns a list of texts of Requests.
  std::vector<std::string> texts(ipc::Part part) const;

  void set_state(ipc::State state) const;
  // Wakes the host, which then looks at the state and the results. Async-signal-safe. [any]
  void wake_host() const;
  // Waits for the next request and writes its slot. Returns false when the host stops the runner.
  bool next_request(uint32_t *slot);
  // Marks the answer of a slot as complete and wakes the host's thread that waits for it.
  void publish(uint32_t slot, uint64_t sequence) const;

  // Adds a log record. The host sees the last kLogRecords. Async-signal-safe. [any]
  void log(int32_t level, std::string_view text) const;
  // Returns the plug_host that the plugin gets. It logs to the host, and has the memory of blocks as an extension if
  // the host lets the plugin pass it on.
  const plug_host *host();

 private:
  const ipc::Requests *requests_ = nullptr;
  ipc::Results *results_ = nullptr;
  std::span<const uint8_t> memory_;  // of the requests
  std::array<std::span<const uint8_t>, ipc::kSlots> payloads_;
  std::span<uint8_t> result_memory_;
  std::span<const uint8_t> blocks_;
  ipc::SharedBlocks shared_blocks_{};  // all 0: not offered
  uint32_t served_ = 0;                // requests that next_request() returned
  plug_host host_{};
};

}  // namespace plughost::runner
