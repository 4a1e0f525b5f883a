#include "engine/isolation/pieces.hpp"

#include <cstring>

#include "engine/lines/lines.hpp"

namespace plughost::isolation {

uint64_t Windows::growth(Range range) const {
  const Window window = (*this)[range.text];
  return range.end - (window.size() > 0 ? window.end : range.begin);
}

void Windows::add(Range range) {
  if (range.text >= windows_.size()) windows_.resize(range.text + 1);
  Window &window = windows_[range.text];
  if (window.size() == 0) window.begin = range.begin;
  window.end = range.end;
}

void Windows::of(const Selection &in) {
  clear();
  for (const Range &range : in.ranges()) add(range);
}

uint64_t Windows::size() const {
  uint64_t size = 0;
  for (const Window &window : windows_) size += window.size();
  return size;
}

Range first_lines(const Content &content, Range range, const Windows &windows, bool alone) {
  const uint64_t size = windows.size();
  const uint64_t growth = windows.growth(range);
  if (size + growth <= kMaxPiece) return range;
  // So many bytes at the end of the range are too many.
  const uint64_t over = size + growth - kMaxPiece;
  const uint8_t *const data = content.text(range.text).data();
  const uint32_t length = range.end - range.begin;
  const void *const newline = over < length ? memrchr(data + range.begin, '\n', length - over) : nullptr;
  if (newline) {
    range.end = static_cast<uint32_t>(static_cast<const uint8_t *>(newline) - data) + 1;
  } else {
    range.end = alone ? static_cast<uint32_t>(skip_lines(data, range.begin, range.end, 1)) : range.begin;
  }
  return range;
}

}  // namespace plughost::isolation
