// The lines around kept ones, as transforms leave them.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "engine/lines/line_batches.hpp"

namespace plughost {

// What a run's transforms, without its filters, make of the lines of a block that may be shown around kept ones. A line
// that a filter dropped may so be shown, but never as no transform has seen it. Made by a worker, read in its turn.
class ContextLines {
 public:
  // Passes a selection of the block through the transforms, into arenas of the content.
  using Transform = std::function<void(Content &, Selection *)>;

  // Nothing is made: lines are those of the block.
  void clear();
  // Makes the lines that the printer may ask for, which knows the neighbouring blocks: those around the kept lines, and
  // those at both ends of the block. `kept_too`: and the kept lines, of which a limit may leave some out. The places of
  // kept lines must have been checked. `arenas` is memory for this. Throws InvalidOrigins, and what `transform` throws.
  void make(Content &content, const Selection &kept, uint32_t before, uint32_t after, bool kept_too,
            std::vector<Arena> *arenas, const Transform &transform);

  // What to show for the line that begins at byte `at` of the block and ends before `end`: lines, perhaps none.
  std::string_view text(const Block &block, size_t at, size_t end) const;

 private:
  // What was made of one line.
  struct Made {
    size_t at;  // of that line, in the block
    size_t begin;
    size_t end;
  };

  void find(const Content &content, const Selection &kept, uint32_t before, uint32_t after, bool kept_too);
  void take(const Content &content);

  bool made_ = false;
  std::vector<Made> lines_;  // ascending
  ByteBuffer bytes_;         // what they are made of
  Selection selected_;
  LineBatches batches_;
};

}  // namespace plughost
