// Context lines after transforms.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "engine/lines/line_batches.hpp"

namespace plughost {

// The context lines of one block, as the transforms of the run rewrite them. Context lines are lines that filters
// dropped, but they must not bypass the transforms: one that redacts secrets has to see them too. A worker calls
// make(); the printer reads the lines when it is the block's turn.
class ContextLines {
 public:
  // Runs the transforms on the selected lines. They write to the arenas of the content.
  using Transform = std::function<void(Content &, Selection *)>;

  // Forgets the lines. text() then returns the lines of the block.
  void clear();
  // Transforms the lines that may become context lines: `before` and `after` lines around kept ones, and as many at
  // both ends of the block, for kept lines of neighbouring blocks. With `kept_too` it transforms kept lines too: when a
  // limit drops them they can become context lines. The origins of the kept lines must be valid (LineNumbers::find
  // checks them). `arenas` is scratch memory. Throws InvalidOrigins, and what `transform` throws.
  void make(Content &content, const Selection &kept, uint32_t before, uint32_t after, bool kept_too,
            std::vector<Arena> *arenas, const Transform &transform);

  // Returns the text to show for the line [at, end) of the block: no line, one or several. Valid until the next call of
  // clear() or make().
  std::string_view text(const Block &block, size_t at, size_t end) const;

 private:
  // The text for one line: the bytes [begin, end) of bytes_.
  struct Replacement {
    size_t at;  // byte of the block at which the line begins
    size_t begin;
    size_t end;
  };

  void select(const Content &content, const Selection &kept, uint32_t before, uint32_t after, bool kept_too);
  void copy_result(const Content &content);

  bool transformed_ = false;        // else the lines are those of the block
  std::vector<Replacement> lines_;  // ascending by `at`
  ByteBuffer bytes_;
  Selection selected_;
  LineBatches batches_;
};

}  // namespace plughost
