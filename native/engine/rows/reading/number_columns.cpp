#include "engine/rows/reading/number_columns.hpp"

#include <charconv>
#include <new>

#include "engine/lines/line_numbers.hpp"

namespace plughost {

NumberColumns::NumberColumns(const Schema &schema, const std::vector<uint32_t> &indexes, uint32_t rows)
    : cells_(indexes.size(), rows) {
  for (const uint32_t index : indexes) types_.push_back(schema.fields()[index].type);
}

void NumberColumns::begin(const Content &content) {
  counted_ = 0;
  number_ = content.first_number;
}

void NumberColumns::fill(const Content &content, const plug_lines &lines, uint32_t text, MemorySink *made) {
  if (types_.empty()) return;
  cells_.clear();
  const Block &block = content.block;
  for (uint32_t i = 0; i < lines.count; i++) {
    const uint64_t at = plug_line_offset(&lines, i) - block.offset;
    // A transform gave the offsets. If one were below `counted_`, the subtraction would wrap around.
    if (at < counted_ || at > block.size()) throw InvalidOrigins{text};
    number_ += count_lines(block.data() + counted_, at - counted_);
    counted_ = at;
    for (size_t k = 0; k < types_.size(); k++) give(lines, i, k, made);
  }
}

void NumberColumns::give(const plug_lines &lines, uint32_t row, size_t column, MemorySink *made) {
  plug_cell cell;
  switch (types_[column]) {
    case PLUG_TEXT:
      cell.text = text_of(lines, made);
      break;
    case PLUG_REAL:
      cell.real = static_cast<double>(number_);
      break;
    case PLUG_BOOLEAN:
      if (number_ > 1) return;
      [[fallthrough]];
    default:
      cell.integer = static_cast<int64_t>(number_);
  }
  plug_set_value(&cells_.column(column), row, cell);
}

// Makes the text of the number, after what was made of the batch.
plug_span NumberColumns::text_of(const plug_lines &lines, MemorySink *made) const {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number_).ptr;
  const auto length = static_cast<uint32_t>(end - digits);
  const uint64_t offset = lines.block.len + made->buffer().size();
  if (offset + length > UINT32_MAX || !made->buffer().append(digits, length)) throw std::bad_alloc();
  return {static_cast<uint32_t>(offset), length};
}

}  // namespace plughost
