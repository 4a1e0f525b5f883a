// What is left of a block after the filters: ranges of whole lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lines.hpp"

namespace plughost {

// Neighbouring kept lines, newlines included: bytes [begin, end) of the block's lines.
struct Range {
  uint32_t begin;
  uint32_t end;
};

// Ascending ranges that do not touch. Lines are counted only when somebody asks, because a filter that searches whole
// blocks never splits what it does not need.
class Selection {
 public:
  void clear() {
    ranges_.clear();
    bytes_ = 0;
    lines_ = 0;
    counted_ = true;
  }
  // The whole block.
  void all(size_t size) {
    clear();
    if (size > 0) add_uncounted(0, static_cast<uint32_t>(size));
  }
  // Adds [begin, end), behind what is there, with its number of lines.
  void add(uint32_t begin, uint32_t end, uint64_t lines) {
    lines_ += lines;
    append(begin, end);
  }
  void add_uncounted(uint32_t begin, uint32_t end) {
    if (begin == end) return;
    counted_ = false;
    append(begin, end);
  }

  const std::vector<Range> &ranges() const { return ranges_; }
  size_t bytes() const { return bytes_; }
  uint64_t lines(const uint8_t *block) {
    if (!counted_) {
      lines_ = 0;
      for (const Range &range : ranges_) lines_ += count_lines(block + range.begin, range.end - range.begin);
      counted_ = true;
    }
    return lines_;
  }

 private:
  void append(uint32_t begin, uint32_t end) {
    bytes_ += end - begin;
    if (!ranges_.empty() && ranges_.back().end == begin) {
      ranges_.back().end = end;
    } else {
      ranges_.push_back({begin, end});
    }
  }

  std::vector<Range> ranges_;
  size_t bytes_ = 0;
  uint64_t lines_ = 0;
  bool counted_ = true;
};

}  // namespace plughost
