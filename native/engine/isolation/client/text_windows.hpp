// Which part of each text the lines of a request span.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/lines/selection.hpp"

namespace plughost::isolation {

// For each text, the bytes from the first line of a selection to its last.
class TextWindows {
 public:
  struct Window {
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t size() const { return end - begin; }
  };

  void clear() { windows_.clear(); }
  // Returns how many bytes add() would add. The range must follow the ranges of its text that were added before.
  uint64_t growth(Range range) const;
  void add(Range range);
  // Replaces the windows by those of a selection.
  void assign(const Selection &in);

  // Returns the bytes of all windows together.
  uint64_t size() const;
  // Returns the window of a text; an empty one when the selection has no line of it.
  Window operator[](uint32_t text) const { return text < windows_.size() ? windows_[text] : Window{}; }
  // Returns how many texts made by transforms there are windows for. Text 0, the block, is not counted.
  uint32_t made_texts() const { return windows_.empty() ? 0 : static_cast<uint32_t>(windows_.size() - 1); }

 private:
  std::vector<Window> windows_;  // by text
};

}  // namespace plughost::isolation
