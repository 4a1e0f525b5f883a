// What stands before a line in the output: the name of its input, its number there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "line_batches.hpp"
#include "sink.hpp"

namespace plughost {

struct LabelSpec {
  bool names = false;
  bool numbers = false;
  bool any() const { return names || numbers; }
};

// Finds the numbers of a block's lines, counted from its first; in each worker.
class LineNumbers {
 public:
  // Of the kept lines, or of the lines that they were made of, in order.
  void find(const Content &content, const Selection &kept);
  const std::vector<uint32_t> &kept() const { return kept_; }
  // All that the block has.
  uint64_t total() const { return total_; }

 private:
  LineBatches batches_;
  std::vector<uint32_t> kept_;
  uint64_t total_ = 0;
};

// Writes lines with their labels, block after block, in order.
class Labeller {
 public:
  explicit Labeller(LabelSpec spec) : spec_(spec) {}

  // Puts the kept lines of the next block into *out, each ended by a newline. `numbers` is used for LabelSpec::numbers.
  // Throws std::bad_alloc.
  void write(const Content &content, const Selection &kept, const std::string &name, const LineNumbers &numbers,
             ByteBuffer *out);

 private:
  const LabelSpec spec_;
  LineBatches batches_;
  uint32_t input_ = 0;
  uint64_t before_ = 0;  // lines of the input in earlier blocks
};

}  // namespace plughost
