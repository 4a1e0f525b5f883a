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
  Content &content;
  const plug_lines &lines;  // of exactly these rows
  uint32_t text;            // the text of `content` that the lines are in
  const plug_column *columns;
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
  // `picked` are indexes of the columns of all readers, which `all` describes.
  RowView(const Schema &all, std::vector<uint32_t> picked)
      : picked_(std::move(picked)), schema_(fields_of(all, picked_)), columns_(picked_.size()) {}

  // Returns the rows for a call, valid until the next one. `rows` must live as long.
  const plug_rows &of(const Rows &rows) {
    for (size_t i = 0; i < picked_.size(); i++) columns_[i] = rows.columns[picked_[i]];
    view_ = {sizeof(plug_rows), rows.lines.count, &rows.lines, &schema_.get(), columns_.data(), rows.made};
    return view_;
  }

 private:
  static std::vector<Field> fields_of(const Schema &all, const std::vector<uint32_t> &picked) {
    std::vector<Field> fields;
    for (const uint32_t index : picked) fields.push_back(all.fields()[index]);
    return fields;
  }

  const std::vector<uint32_t> picked_;
  const Schema schema_;  // of the picked columns
  std::vector<plug_column> columns_;
  plug_rows view_{};
};

}  // namespace plughost
