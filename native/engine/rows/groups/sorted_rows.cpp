#include "engine/rows/groups/sorted_rows.hpp"

#include <algorithm>

#include "engine/rows/groups/key.hpp"

namespace plughost {
namespace {

constexpr uint32_t kBatchOfRows = 1024;
// Rows beyond the limit that may be held before they are dropped.
constexpr uint64_t kSlack = 1024;

// Orders rows by their keys, whose bytes std::string compares as memcmp does.
constexpr auto kByKey = [](const auto &a, const auto &b) { return a.key < b.key; };

}  // namespace

SortedRows::SortedRows(const Schema &columns, const std::vector<SortColumn> &sort, uint64_t limit, size_t keys)
    : columns_(columns),
      sort_(sort),
      limit_(limit),
      without_keys_(static_cast<size_t>(
          std::ranges::find_if(sort, [&](const SortColumn &by) { return by.column < keys; }) - sort.begin())) {}

// Makes key_ of the first `columns` columns of the sort.
void SortedRows::make_key(const plug_rows &rows, uint32_t row, size_t columns) {
  key_.clear();
  for (const SortColumn &by : std::span(sort_).first(columns)) {
    value_.clear();
    const plug_column &column = rows.columns[by.column];
    const uint32_t type = columns_.fields()[by.column].type;
    const bool valid = plug_has_value(&column, row);
    const plug_cell &cell = column.cells[row];
    append_value(type, valid ? &cell : nullptr, valid && type == PLUG_TEXT ? plug_text(&rows, cell.text) : plug_bytes{},
                 &value_);
    const size_t begin = key_.size();
    key_.append(reinterpret_cast<const char *>(value_.bytes().data()), value_.size());
    if (!by.descending) continue;
    for (char &byte : std::span(key_).subspan(begin)) byte = static_cast<char>(~byte);
  }
}

bool SortedRows::is_beyond(const plug_rows &rows, uint32_t row) {
  if (limit_key_.empty() || without_keys_ == 0) return false;
  make_key(rows, row, without_keys_);
  return key_.compare(0, key_.size(), limit_key_, 0, key_.size()) > 0;
}

void SortedRows::add(const plug_rows &rows, uint32_t row, std::span<const uint8_t> tie) {
  make_key(rows, row, sort_.size());
  key_.append(reinterpret_cast<const char *>(tie.data()), tie.size());
  if (!limit_key_.empty() && key_ > limit_key_) return;
  Row added{key_, {}, {}, {}};
  for (size_t i = 0; i < columns_.size(); i++) {
    const plug_column &column = rows.columns[i];
    plug_cell cell = column.cells[row];
    const bool valid = plug_has_value(&column, row);
    if (valid && columns_.fields()[i].type == PLUG_TEXT) {
      const plug_bytes text = plug_text(&rows, cell.text);
      cell.text = {static_cast<uint32_t>(added.text.size()), static_cast<uint32_t>(text.len)};
      added.text.append(reinterpret_cast<const char *>(text.data), text.len);
    }
    added.cells.push_back(cell);
    added.valid.push_back(valid);
  }
  rows_.push_back(std::move(added));
  if (limit_ < UINT64_MAX - kSlack && rows_.size() >= limit_ * 2 + kSlack) drop_those_beyond_limit();
}

void SortedRows::drop_those_beyond_limit() {
  if (rows_.size() <= limit_) return;
  const auto last = rows_.begin() + static_cast<std::ptrdiff_t>(limit_ - 1);
  std::nth_element(rows_.begin(), last, rows_.end(), kByKey);
  limit_key_ = last->key;
  rows_.erase(last + 1, rows_.end());
}

uint64_t SortedRows::pass(const TakeRows &take) {
  drop_those_beyond_limit();
  std::sort(rows_.begin(), rows_.end(), kByKey);
  Cells cells(columns_.size(), kBatchOfRows);
  std::string made;
  for (size_t at = 0; at < rows_.size(); at += kBatchOfRows) {
    const auto count = static_cast<uint32_t>(std::min<size_t>(rows_.size() - at, kBatchOfRows));
    cells.clear();
    made.clear();
    for (uint32_t row = 0; row < count; row++) {
      const Row &from = rows_[at + row];
      for (size_t i = 0; i < columns_.size(); i++) {
        if (!from.valid[i]) continue;
        plug_cell cell = from.cells[i];
        if (columns_.fields()[i].type == PLUG_TEXT) cell.text.offset += static_cast<uint32_t>(made.size());
        plug_set_value(&cells.column(i), row, cell);
      }
      made += from.text;
      if (made.size() > UINT32_MAX) throw std::bad_alloc();
    }
    take({sizeof(plug_rows),
          count,
          nullptr,
          &columns_.get(),
          cells.columns(),
          {reinterpret_cast<const uint8_t *>(made.data()), made.size()}});
  }
  return rows_.size();
}

}  // namespace plughost
