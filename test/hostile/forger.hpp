// Lets a plugin write to the memory that its runner shares with the host.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "attack.h"
#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"
#include "ipc/protocol.hpp"

namespace hostile {

using plughost::Origin;
using plughost::Range;

// The runner maps both. The plugin has to find them.
const plughost::ipc::Requests &requests();
plughost::ipc::Results &results();

// The current request, and the answer to forge.
class Answer {
 public:
  explicit Answer(const scene &at);

  const plughost::ipc::Request &request() const { return request_; }
  plughost::ipc::Result &head() const { return head_; }
  // Memory for ranges, made bytes and origins.
  std::span<uint8_t> room() const { return room_; }

  // The line that triggered the attack, with its newline: its range, and its offset in the block.
  Range line() const { return line_; }
  uint32_t place() const { return place_; }
  // The text that a transform at this stage makes.
  uint32_t made_text() const;

  bool held_back() const { return at_.held_back; }
  void put(const std::vector<Range> &ranges, std::string_view made = "", const std::vector<Origin> &origins = {});
  // Publishes the answer as the runner would, and waits until the host sends a request or kills this process.
  void publish();

 private:
  const scene &at_;
  const uint32_t slot_;
  const plughost::ipc::Request request_;
  plughost::ipc::Result &head_;
  std::span<uint8_t> room_;
  Range line_{};
  uint32_t place_ = 0;
};

// Prints that the attack is made, or held back. Returns false when it is held back.
bool begin(const scene &at);

// Sets the state of the runner, and waits until the host kills this process.
void pretend(plughost::ipc::State state);

// Returns the memory of blocks; empty when the runner does not map it.
std::span<const uint8_t> blocks();
// Returns the memory of a slot's payloads.
std::span<const uint8_t> payload(uint32_t slot);

// An attack and its name.
template <typename... Arguments>
struct Forgery {
  const char *name;
  void (*make)(Arguments...);
};

// Attacks by theme. Each function makes the scene's attack, or returns false when it does not know the name.
bool forge_places(const scene &at);
bool forge_sizes(const scene &at);
bool forge_values(const scene &at);
bool forge_rows(const scene &at);
bool forge_folds(const scene &at);
bool forge_start(const scene &at);
bool forge_at_random(const scene &at);
bool look_around(const scene &at);
bool ask_the_system(const scene &at);

// A generator of pseudo-random numbers (xorshift).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}
  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    return state_ ^= state_ << 17;
  }
  uint64_t below(uint64_t limit) { return next() % limit; }

 private:
  uint64_t state_;
};

}  // namespace hostile
