#include "engine/isolation/rows/row_batch_request.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "engine/isolation/rows/row_wire.hpp"

namespace plughost::isolation {

using namespace ipc;

void BatchLines::begin(const plug_lines &lines, uint32_t text) {
  begin_without_lines(lines.count);
  spans_ = lines.spans;
  text_ = text;
  // Most lines follow each other. Where one byte is between two of them, it is a newline, and need not be looked at.
  for (uint32_t row = 0; row < lines.count;) {
    const uint32_t first = row++;
    while (row < lines.count &&
           lines.spans[row].offset == lines.spans[row - 1].offset + lines.spans[row - 1].length + 1)
      row++;
    const Range last = line_range(lines, row - 1, text);
    all_.add({lines.spans[first].offset, last.end, text}, row - first);
  }
}

void BatchLines::begin_without_lines(uint32_t rows) {
  spans_ = nullptr;
  rows_ = rows;
  text_ = 0;
  all_.clear();
  const size_t known = each_.size();
  if (known >= rows) return;
  each_.resize(rows);
  std::iota(each_.begin() + static_cast<ptrdiff_t>(known), each_.end(), static_cast<uint32_t>(known));
}

std::span<const uint32_t> BatchLines::rows_of(const Selection &part) {
  if (is_all(part)) return {each_.data(), rows_};
  part_.clear();
  uint32_t row = 0;
  for (const Range &range : part.ranges()) {
    while (row < rows_ && spans_[row].offset < range.begin) row++;
    for (; row < rows_ && spans_[row].offset < range.end; row++) part_.push_back(row);
  }
  return part_;
}

void BatchLines::gather(std::span<const uint32_t> rows, const uint64_t *from, uint64_t *to) {
  std::fill_n(to, words_for(rows.size()), 0);
  for (size_t i = 0; i < rows.size(); i++) to[i / 64] |= (from[rows[i] / 64] >> (rows[i] % 64) & 1) << (i % 64);
}

void BatchLines::scatter(std::span<const uint32_t> rows, const uint64_t *from, uint64_t *to) {
  for (size_t i = 0; i < rows.size(); i++) {
    const uint64_t bit = uint64_t{1} << (rows[i] % 64);
    uint64_t &word = to[rows[i] / 64];
    word = from[i / 64] >> (i % 64) & 1 ? word | bit : word & ~bit;
  }
}

void BatchLines::pack_spans(const Selection &part, const TextWindows &windows, Packer *to) {
  if (!spans_) return;
  const auto rows = rows_of(part);
  const uint32_t from = text_ > 0 ? windows[text_].begin : 0;
  if (from == 0 && is_all(part)) {
    to->put(std::span(spans_, rows.size()));
    return;
  }
  for (const uint32_t row : rows) to->put_packed(plug_span{spans_[row].offset - from, spans_[row].length});
  to->align();
}

void PackedRows::begin(BatchLines &batch, const plug_rows &rows, uint64_t block) {
  batch_ = &batch;
  rows_ = &rows;
  block_ = block;
  text_ = text_of_columns(*rows.schema);
}

void PackedRows::begin_names(const plug_schema &columns, BatchLines *batch) {
  batch_ = batch;
  rows_ = nullptr;
  text_ = text_of_columns(columns);
}

uint64_t PackedRows::columns_size(const Selection &in) {
  const uint64_t names = sizeof(RowsHead) + aligned(text_.size());
  if (!rows_) return names;
  const auto count = static_cast<uint32_t>(batch_->rows_of(in).size());
  return names + isolation::columns_size(rows_->schema->count, count) + aligned(rows_->made.len);
}

void PackedRows::pack_columns(const Selection &in, const TextWindows &windows, Packer *to) {
  const auto rows = rows_ ? batch_->rows_of(in) : std::span<const uint32_t>();
  to->put_one(
      RowsHead{static_cast<uint32_t>(rows.size()), static_cast<uint32_t>(text_.size()), rows_ ? rows_->made.len : 0});
  to->put(std::span<const char>(text_));
  if (!rows_) return;
  for (uint32_t i = 0; i < rows_->schema->count; i++)
    pack_column(rows_->schema->fields[i]->type, rows_->columns[i], rows, windows[batch_->text()], to);
  to->put(std::span(rows_->made.data, rows_->made.len));
}

void PackedRows::pack_column(uint32_t type, const plug_column &column, std::span<const uint32_t> rows,
                             TextWindows::Window window, Packer *to) const {
  const size_t words = words_for(rows.size());
  auto *const valid = reinterpret_cast<uint64_t *>(to->skip(words * sizeof(uint64_t)));
  auto *const cells = reinterpret_cast<plug_cell *>(to->skip(rows.size() * sizeof(plug_cell)));
  if (rows.size() == batch_->rows()) {
    std::copy_n(column.valid, words, valid);
    std::copy_n(column.cells, rows.size(), cells);
  } else {
    BatchLines::gather(rows, column.valid, valid);
    for (size_t i = 0; i < rows.size(); i++) cells[i] = column.cells[rows[i]];
  }
  // The runner has only the window of a made text, and what was made follows it.
  if (type != PLUG_TEXT || batch_->text() == 0) return;
  each_bit({valid, words}, [&](uint32_t row) {
    uint32_t &offset = cells[row].text.offset;
    offset = offset < block_ ? offset - window.begin : static_cast<uint32_t>(window.size() + (offset - block_));
  });
}

}  // namespace plughost::isolation
