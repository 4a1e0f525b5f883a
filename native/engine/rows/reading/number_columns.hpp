// Columns that are the numbers of lines. The engine fills them, because a parser does not know which line it reads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/lines.hpp"
#include "engine/rows/rows.hpp"

namespace plughost {

// Fills the columns of one batch after the other of a block, in order, for one worker.
class NumberColumns {
 public:
  // `indexes` are those of columns of `schema`; `rows` is the most of a batch.
  NumberColumns(const Schema &schema, const std::vector<uint32_t> &indexes, uint32_t rows);

  const plug_column &column(size_t index) const { return cells_.column(index); }

  // Begins a block, whose first line has the number content.first_number.
  void begin(const Content &content);
  // Fills the rows of lines. Their text goes to *made. Throws InvalidOrigins, std::bad_alloc.
  void fill(const Content &content, const plug_lines &lines, uint32_t text, MemorySink *made);
  // As Cells::keep.
  void keep(std::span<const uint64_t> kept, uint32_t rows) { cells_.keep(kept, rows); }

 private:
  void give(const plug_lines &lines, uint32_t row, size_t column, MemorySink *made);
  plug_span text_of(const plug_lines &lines, MemorySink *made) const;

  std::vector<uint32_t> types_;  // of each column
  Cells cells_;
  uint64_t counted_ = 0;  // bytes of the block before the line with the number number_
  uint64_t number_ = 0;
};

}  // namespace plughost
