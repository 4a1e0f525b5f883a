// The memory that a runner shares with its host, in the hands of the plugin inside it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "attack.h"
#include "engine/content.hpp"
#include "engine/isolation/protocol.hpp"
#include "engine/selection.hpp"

namespace hostile {

using plughost::Origin;
using plughost::Range;

// Both are mapped in the runner, which has not told the plugin where.
const plughost::isolation::Requests &requests();
plughost::isolation::Results &results();

// The request in work, and what the runner will answer to it.
class Answer {
 public:
  explicit Answer(const scene &at);

  const plughost::isolation::Request &request() const { return request_; }
  plughost::isolation::Result &head() const { return head_; }
  // Room for ranges, made bytes and origins.
  std::span<uint8_t> room() const { return room_; }

  // Of the line that set the attack off: its bytes with the newline, and its place in the block.
  Range line() const { return line_; }
  uint32_t place() const { return place_; }
  // The text that a transform at this stage makes.
  uint32_t made_text() const;

  void put(const std::vector<Range> &ranges, std::string_view made = "", const std::vector<Origin> &origins = {});
  // Gives it to the host in the runner's name, and waits until the host asks for more or ends this process.
  void publish();

 private:
  const scene &at_;
  const uint32_t seat_;
  const plughost::isolation::Request request_;
  plughost::isolation::Result &head_;
  std::span<uint8_t> room_;
  Range line_{};
  uint32_t place_ = 0;
};

// Says on standard error that the attack was made; false when it is held back.
bool begin(const scene &at);

// Attacks by theme. Each makes the one of the scene, or returns false when it has none of that name.
bool forge_places(const scene &at);

}  // namespace hostile
