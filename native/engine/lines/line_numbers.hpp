// The numbers of kept lines.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/lines/line_batches.hpp"

namespace plughost {

// Thrown for lines whose places are not those of a block, or do not ascend: they are of the text with that index.
struct InvalidOrigins {
  uint32_t text;
};

// Finds the numbers of a block's lines, counted from its first; in each worker.
class LineNumbers {
 public:
  // Of the kept lines, or of the lines that they were made of, in order. Throws InvalidOrigins.
  void find(const Content &content, const Selection &kept);
  // The same, by the places of those lines in the block.
  void find(const Content &content, const Selection &kept, std::vector<NumberedLine> *numbered);
  // Counted from 0. Lines that were made of one line have one number together.
  const std::vector<uint32_t> &kept() const { return kept_; }
  // All that the block has; a line that goes on in the next one is counted there.
  uint64_t total() const { return total_; }

 private:
  LineBatches batches_;
  std::vector<uint32_t> kept_;
  uint64_t total_ = 0;
};

}  // namespace plughost
