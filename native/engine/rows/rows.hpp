// The rows that a row filter or an aggregator gets.
#pragma once

#include <plughost/columns.h>

#include <cstdint>
#include <span>
#include <vector>

#include "engine/lines/content.hpp"
#include "engine/rows/row_batch.hpp"
#include "engine/rows/schema.hpp"

namespace plughost {

// Rows with the columns of all readers, each made of a line.
struct Rows {
  const Content &content;
  const plug_lines &lines;  // of exactly these rows
  uint32_t text;            // the text of `content` that the lines are in
  const Cells &cells;
  plug_bytes made;
};

// Returns the bytes of a text of these rows.
inline plug_bytes text_of(const Rows &rows, plug_span text) {
  const uint64_t block = rows.lines.block.len;
  if (text.offset < block) return {rows.lines.block.data + text.offset, text.length};
  return {rows.made.data + (text.offset - block), text.length};
}

// What one reader sees of rows: the columns that it asked for, in its order.
class RowView {
 public:
  // `picked` are indexes of the columns of all readers. `schema` describes them.
  RowView(const Schema &schema, std::vector<uint32_t> picked)
      : schema_(schema), picked_(std::move(picked)), columns_(picked_.size()) {}

  // Returns the rows for a call, valid until the next one. `rows` must live as long.
  const plug_rows &of(const Rows &rows) {
    for (size_t i = 0; i < picked_.size(); i++) columns_[i] = rows.cells.column(picked_[i]);
    view_ = {sizeof(plug_rows), rows.lines.count, &rows.lines, &schema_.get(), columns_.data(), rows.made};
    return view_;
  }

 private:
  const Schema &schema_;
  const std::vector<uint32_t> picked_;
  std::vector<plug_column> columns_;
  plug_rows view_{};
};

}  // namespace plughost
