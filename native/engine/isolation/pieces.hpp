// Which part of each text a request is about, and selections in pieces that are no more than a request should hold.
#pragma once

#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"

namespace plughost::isolation {

// Bytes that the lines of one request span, unless that is one line: what a runner gets, and may answer, is bounded.
constexpr uint64_t kMaxPiece = 4 << 20;

// Of each text, the bytes from the first line that is asked about to the last.
class Windows {
 public:
  struct Window {
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t size() const { return end - begin; }
  };

  void clear() { windows_.clear(); }
  // How many more bytes they span with a range that stands behind those before.
  uint64_t growth(Range range) const;
  void add(Range range);
  void of(const Selection &in);

  uint64_t size() const;
  // That of a text; empty when no line of it is asked about.
  Window operator[](uint32_t text) const { return text < windows_.size() ? windows_[text] : Window{}; }
  // Those of texts that were made; the block has all its places.
  uint32_t texts() const { return windows_.empty() ? 0 : static_cast<uint32_t>(windows_.size() - 1); }

 private:
  std::vector<Window> windows_;  // by text
};

// The lines of a range, from its begin on, with which the windows are no larger than a piece may be; at least one when
// `alone`, perhaps none otherwise.
Range first_lines(const Content &content, Range range, const Windows &windows, bool alone);

// Calls `work` with selections of whole lines that are together `in`, in order; with `in` itself when that is one
// piece.
template <typename Work>
void in_pieces(const Content &content, const Selection &in, Work work) {
  Windows windows;
  windows.of(in);
  if (windows.size() <= kMaxPiece) {
    work(in);
    return;
  }
  windows.clear();
  Selection piece;
  for (Range left : in.ranges()) {
    while (left.begin < left.end) {
      const Range part = first_lines(content, left, windows, piece.bytes() == 0);
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
