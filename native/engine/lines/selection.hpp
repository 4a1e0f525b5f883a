// The lines of a block that are left after some stages, as ranges of whole lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/lines.hpp"
#include "engine/lines/range.hpp"

namespace plughost {

inline std::span<const uint8_t> bytes_of(const Content &content, const Range &range) {
  return content.text(range.text).subspan(range.begin, range.end - range.begin);
}

// A list of ranges in line order. They ascend within each text; ranges of one text that touch are joined. The lines are
// counted only when lines() is called: a filter that scans whole blocks need not split them.
class Selection {
 public:
  void clear() {
    ranges_.clear();
    bytes_ = 0;
    lines_ = 0;
    counted_ = true;
  }
  // Selects the whole block.
  void select_all(size_t size) {
    clear();
    add_uncounted({0, static_cast<uint32_t>(size)});
  }
  // Appends a range of `lines` lines.
  void add(Range range, uint64_t lines) {
    lines_ += lines;
    append(range);
  }
  // Appends a range whose lines were not counted.
  void add_uncounted(Range range) {
    if (range.begin == range.end) return;
    counted_ = false;
    append(range);
  }

  // Keeps only the first `lines` lines. There must be more than that.
  void keep_first(const Content &content, uint64_t lines) {
    const std::vector<Range> ranges = std::move(ranges_);
    clear();
    for (Range range : ranges) {
      if (lines == 0) return;
      const uint8_t *const data = content.text(range.text).data();
      const uint64_t here = count_lines(data + range.begin, range.end - range.begin);
      if (here > lines) range.end = static_cast<uint32_t>(skip_lines(data, range.begin, range.end, lines));
      add(range, std::min(here, lines));
      lines -= std::min(here, lines);
    }
  }

  const std::vector<Range> &ranges() const { return ranges_; }
  size_t bytes() const { return bytes_; }
  uint64_t lines(const Content &content) {
    if (!counted_) {
      lines_ = 0;
      for (const Range &range : ranges_)
        lines_ += count_lines(content.text(range.text).data() + range.begin, range.end - range.begin);
      counted_ = true;
    }
    return lines_;
  }

 private:
  void append(Range range) {
    bytes_ += range.end - range.begin;
    if (!ranges_.empty() && ranges_.back().end == range.begin && ranges_.back().text == range.text) {
      ranges_.back().end = range.end;
    } else {
      ranges_.push_back(range);
    }
  }

  std::vector<Range> ranges_;
  size_t bytes_ = 0;
  uint64_t lines_ = 0;
  bool counted_ = true;
};

// Writes the lines of `from` that are not in `what` to *out. `what` is a subset of `from`. One range of `what` may
// cover several ranges of `from`: those that became neighbours because the lines of another text between them are not
// in it.
inline void subtract(const Selection &from, const Selection &what, Selection *out) {
  out->clear();
  auto taken = what.ranges().begin();
  for (const Range &range : from.ranges()) {
    uint32_t begin = range.begin;
    while (taken != what.ranges().end() && taken->text == range.text && taken->begin < range.end) {
      if (taken->begin > begin) out->add_uncounted({begin, taken->begin, range.text});
      begin = std::min(taken->end, range.end);
      if (taken->end > range.end) break;
      ++taken;
    }
    out->add_uncounted({begin, range.end, range.text});
  }
}

}  // namespace plughost
