// The numbers of lines in their inputs, for the few that somebody asks about.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/lines/block.hpp"

namespace plughost {

// Used in the order of the blocks, by one thread at a time. Lines of a file are counted only when one of them is asked
// about, by reading on from where it was counted last; lines of a stream, which comes once, are counted as they pass.
class LineCounter {
 public:
  // Returns the number, from 1, of line `line` of a block, itself from 1, in the input as it is: with what was left out
  // because it was too long, and with a line that was cut counted once. Nothing when the file can no longer be read.
  // Throws std::bad_alloc.
  std::optional<uint64_t> number(const Block &block, uint64_t line);
  // The block was dealt with; the next one follows it.
  void pass(const Block &block);

 private:
  void enter(const Block &block);
  bool count_to(const Block &block);

  std::optional<uint32_t> input_;
  uint64_t lines_ = 0;   // of the input, before offset_
  uint64_t offset_ = 0;  // of a file: where it was counted last
  bool unreadable_ = false;
};

}  // namespace plughost
