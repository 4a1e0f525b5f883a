#include "engine/isolation/client/text_windows.hpp"

namespace plughost::isolation {

uint64_t TextWindows::growth(Range range) const {
  const Window window = (*this)[range.text];
  return range.end - (window.size() > 0 ? window.end : range.begin);
}

void TextWindows::add(Range range) {
  if (range.text >= windows_.size()) windows_.resize(range.text + 1);
  Window &window = windows_[range.text];
  if (window.size() == 0) window.begin = range.begin;
  window.end = range.end;
}

void TextWindows::assign(const Selection &in) {
  clear();
  for (const Range &range : in.ranges()) add(range);
}

uint64_t TextWindows::size() const {
  uint64_t size = 0;
  for (const Window &window : windows_) size += window.size();
  return size;
}

}  // namespace plughost::isolation
