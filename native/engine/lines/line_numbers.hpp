// Line numbers of kept lines.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/lines/line_batches.hpp"

namespace plughost {

// Thrown when the lines of an arena come from offsets that are outside of the block or do not ascend.
struct InvalidOrigins {
  uint32_t text;  // index of the arena's text, in Content
};

// Finds the line numbers of kept lines within their block. Each worker thread has its own object.
class LineNumbers {
 public:
  // Finds the numbers of the kept lines, or of the lines that they replace, in order. Throws InvalidOrigins.
  void find(const Content &content, const Selection &kept);
  // Does the same and also writes each number with the offset of its line to *numbered.
  void find(const Content &content, const Selection &kept, std::vector<NumberedLine> *numbered);
  // The numbers, from 0. All lines that replace one line share a single entry.
  const std::vector<uint32_t> &kept() const { return kept_; }
  // The number of lines in the block. A line that continues in the next block counts there.
  uint64_t total() const { return total_; }

 private:
  LineBatches batches_;
  std::vector<uint32_t> kept_;
  uint64_t total_ = 0;
};

}  // namespace plughost
