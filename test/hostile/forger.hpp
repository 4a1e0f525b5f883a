// The memory that a runner shares with its host, in the hands of the plugin inside it.
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

// Both are mapped in the runner, which has not told the plugin where.
const plughost::ipc::Requests &requests();
plughost::ipc::Results &results();

// The request in work, and what the runner will answer to it.
class Answer {
 public:
  explicit Answer(const scene &at);

  const plughost::ipc::Request &request() const { return request_; }
  plughost::ipc::Result &head() const { return head_; }
  // Room for ranges, made bytes and origins.
  std::span<uint8_t> room() const { return room_; }

  // Of the line that set the attack off: its bytes with the newline, and its place in the block.
  Range line() const { return line_; }
  uint32_t place() const { return place_; }
  // The text that a transform at this stage makes.
  uint32_t made_text() const;

  bool held_back() const { return at_.held_back; }
  void put(const std::vector<Range> &ranges, std::string_view made = "", const std::vector<Origin> &origins = {});
  // Gives it to the host in the runner's name, and waits until the host asks for more or ends this process.
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

// Says on standard error that the attack was made; false when it is held back.
bool begin(const scene &at);

// Says that the runner is in this state, and waits to be ended.
void pretend(plughost::ipc::State state);

// What the runner has mapped of the inputs; empty when it has nothing.
std::span<const uint8_t> blocks();
// What it has mapped of the payloads of a slot's requests.
std::span<const uint8_t> payload(uint32_t slot);

// A forgery by name.
template <typename... Arguments>
struct Forgery {
  const char *name;
  void (*make)(Arguments...);
};

// Attacks by theme. Each makes the one of the scene, or returns false when it has none of that name.
bool forge_places(const scene &at);
bool forge_sizes(const scene &at);
bool forge_values(const scene &at);
bool forge_start(const scene &at);
bool forge_at_random(const scene &at);
bool look_around(const scene &at);
bool ask_the_system(const scene &at);

// Numbers that the seed of a scene determines.
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
