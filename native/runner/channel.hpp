// The runner's end of the memory that it shares with its host.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/protocol.hpp"
#include "plughost/host.h"

namespace plughost::runner {

class Channel {
 public:
  // Maps the descriptors that the runner was born with and closes every descriptor but the three standard ones and
  // those of the libraries. False when they are not there, or speak another version; errno tells why they cannot be
  // mapped.
  bool open();

  const ipc::Requests &requests() const { return *requests_; }
  ipc::Results &results() const { return *results_; }
  std::span<const uint8_t> payload(uint32_t slot) const;
  std::span<uint8_t> answer(uint32_t slot) const;
  std::span<const uint8_t> blocks() const { return blocks_; }
  std::string text(ipc::Part part) const;
  std::vector<std::string> list(ipc::Part part) const;

  void set_state(ipc::State state) const;
  // Tells the host that there is something to look at. Safe in a signal handler.
  void wake_host() const;
  // The next slot that asks; nothing when the host wants the runner to end.
  bool wait(uint32_t *slot);
  // The answer of a slot is complete.
  void publish(uint32_t slot, uint64_t sequence) const;

  // Safe in a signal handler.
  void log(int32_t level, std::string_view text) const;
  // plug_host, whose log lines go to the host.
  const plug_host *host();

 private:
  const ipc::Requests *requests_ = nullptr;
  ipc::Results *results_ = nullptr;
  std::span<const uint8_t> memory_;  // of the requests
  std::array<std::span<const uint8_t>, ipc::kSlots> payloads_;
  std::span<uint8_t> result_memory_;
  std::span<const uint8_t> blocks_;
  uint32_t served_ = 0;
  plug_host host_{};
};

}  // namespace plughost::runner
