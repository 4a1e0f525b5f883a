// Finds the line numbers of the few lines that fault reports name.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/lines/block.hpp"

namespace plughost {

// Counts lines in the order of the blocks; one thread at a time uses an object. A file can be read again: its lines are
// counted only when number() is called, from the offset where the last count ended. A stream cannot: pass() counts its
// lines.
class LineCounter {
 public:
  // Returns the number in the input, from 1, of line `line` of a block, also from 1. Over-long lines that the reader
  // skipped count too, and one that it split counts once. Returns nothing when the file cannot be read any more. Throws
  // std::bad_alloc.
  std::optional<uint64_t> number(const Block &block, uint64_t line);
  // Moves past a block. Call it once for each block, after the calls of number() for it.
  void pass(const Block &block);

 private:
  void begin_input_of(const Block &block);
  bool count_up_to(const Block &block);

  std::optional<uint32_t> input_;
  uint64_t lines_ = 0;   // lines of the input that were counted
  uint64_t offset_ = 0;  // bytes of a file in which they were counted
  bool unreadable_ = false;
};

}  // namespace plughost
