// An answer about lines, and what a stage does with it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"
#include "engine/plugin/sink.hpp"
#include "ipc/protocol.hpp"

namespace plughost::isolation {

// A copy of an answer about lines.
struct Answer {
  std::vector<Range> ranges;
  std::span<const uint8_t> bytes;  // the end of AnswerSink::bytes
  std::vector<Origin> origins;
};

// Where a stage takes answers.
struct AnswerSink {
  ipc::Role role;
  // Gets the bytes of each answer after those of the answers before; null: an answer's bytes are dropped.
  ByteBuffer *bytes;
  uint64_t limit;  // bytes that *bytes may have
  // Checks an answer and uses it. Returns null, or a text that names the broken rule; then it has used nothing.
  std::function<const char *(const Selection &in, const Answer &answer)> take;
  // Keeps lines unchanged, because the plugin crashed on them and its user wants them anyway. May be empty.
  std::function<void(const Selection &lines)> keep;
  // Calls `keep` whatever the user wants: the request does not decide which lines are kept.
  bool keeps_always = false;
};

}  // namespace plughost::isolation
