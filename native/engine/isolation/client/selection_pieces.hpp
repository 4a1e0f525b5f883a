// Splits a selection into pieces that fit into one request each.
#pragma once

#include "engine/isolation/client/text_windows.hpp"
#include "engine/isolation/runner/stage_config.hpp"
#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"

namespace plughost::isolation {

// Returns as many lines from the begin of a range as fit into a piece that already spans `windows`. The result may be
// empty, but not when `piece_is_empty`: then it has at least one line.
Range lines_that_fit(const Content &content, Range range, const TextWindows &windows, bool piece_is_empty);

// Calls `work` with selections of whole lines, in order, which together are `in`. A selection that fits into one piece
// is passed on without a copy.
template <typename Work>
void for_each_piece(const Content &content, const Selection &in, Work work) {
  TextWindows windows;
  windows.assign(in);
  if (windows.size() <= kMaxPiece) {
    work(in);
    return;
  }
  windows.clear();
  Selection piece;
  for (Range left : in.ranges()) {
    while (left.begin < left.end) {
      const Range part = lines_that_fit(content, left, windows, piece.bytes() == 0);
      if (part.begin < part.end) {
        windows.add(part);
        piece.add_uncounted(part);
        left.begin = part.end;
      }
      if (left.begin == left.end) break;
      work(piece);
      piece.clear();
      windows.clear();
    }
  }
  if (piece.bytes() > 0) work(piece);
}

}  // namespace plughost::isolation
