#include "engine/isolation/client/selection_pieces.hpp"

#include <cstring>

#include "engine/lines/lines.hpp"

namespace plughost::isolation {

Range lines_that_fit(const Content &content, Range range, const TextWindows &windows, bool piece_is_empty) {
  const uint64_t size = windows.size();
  const uint64_t growth = windows.growth(range);
  if (size + growth <= kMaxPiece) return range;
  // At least this many bytes at the end of the range do not fit.
  const uint64_t excess = size + growth - kMaxPiece;
  const uint8_t *const data = content.text(range.text).data();
  const uint32_t length = range.end - range.begin;
  const void *const newline = excess < length ? memrchr(data + range.begin, '\n', length - excess) : nullptr;
  if (newline) {
    range.end = static_cast<uint32_t>(static_cast<const uint8_t *>(newline) - data) + 1;
  } else {
    range.end = piece_is_empty ? static_cast<uint32_t>(skip_lines(data, range.begin, range.end, 1)) : range.begin;
  }
  return range;
}

}  // namespace plughost::isolation
