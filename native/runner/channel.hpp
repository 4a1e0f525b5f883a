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

  const isolation::Requests &requests() const { return *requests_; }
  isolation::Results &results() const { return *results_; }
  std::span<const uint8_t> payload(uint32_t seat) const;
  std::span<uint8_t> answer(uint32_t seat) const;
  std::span<const uint8_t> blocks() const { return blocks_; }
  std::string text(isolation::Part part) const;
  std::vector<std::string> list(isolation::Part part) const;

  void set_state(isolation::State state) const;
  // Tells the host that there is something to look at. Safe in a signal handler.
  void wake_host() const;
  // The next seat that asks; nothing when the host wants the runner to end.
  bool wait(uint32_t *seat);
  // The answer of a seat is complete.
  void publish(uint32_t seat, uint64_t sequence) const;

  // Safe in a signal handler.
  void log(int32_t level, std::string_view text) const;
  // plug_host, whose log lines go to the host.
  const plug_host *host();

 private:
  const isolation::Requests *requests_ = nullptr;
  isolation::Results *results_ = nullptr;
  std::span<const uint8_t> memory_;  // of the requests
  std::array<std::span<const uint8_t>, isolation::kSlots> payloads_;
  std::span<uint8_t> result_memory_;
  std::span<const uint8_t> blocks_;
  uint32_t served_ = 0;
  plug_host host_{};
};

}  // namespace plughost::runner
