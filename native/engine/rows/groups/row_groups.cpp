#include "engine/rows/groups/row_groups.hpp"

#include <algorithm>
#include <array>

namespace plughost {
namespace {

// Statuses, months and ports are below. The array takes 256 KiB of each worker.
constexpr uint64_t kSmall = 65536;

bool is_one_integer(const std::vector<KeyColumn> &by) {
  return by.size() == 1 && (by[0].type == PLUG_INTEGER || by[0].type == PLUG_BOOLEAN);
}

}  // namespace

RowGroups::RowGroups(const std::vector<KeyColumn> &by)
    : by_(by), of_small_(is_one_integer(by) ? kSmall : 0), texts_(by.size() == 1 && by[0].type == PLUG_TEXT) {}

const std::vector<uint32_t> &RowGroups::find(const Rows &rows, GroupTable *table) {
  groups_.assign(rows.lines.count, 0);
  if (by_.empty()) return groups_;
  if (texts_) find_texts(rows, table);
  // A NUL may have been found in them.
  if (!texts_) find_keys(rows, table);
  return groups_;
}

void RowGroups::find_texts(const Rows &rows, GroupTable *table) {
  const plug_column &column = rows.columns[by_[0].column];
  for (uint32_t row = 0; row < rows.lines.count; row++) {
    if (!plug_has_value(&column, row)) {
      if (null_ == 0) {
        keys_.clear();
        append_key(by_, rows, row, &keys_);
        null_ = table->number(keys_.bytes()) + 1;
      }
      groups_[row] = null_ - 1;
      continue;
    }
    const plug_bytes text = text_of(rows, column.cells[row].text);
    sought_.emplace_back(text.data, text.len);
    rows_.push_back(row);
    if (rows_.size() == GroupTable::kMostKeys && !look_up_texts(table)) return;
  }
  look_up_texts(table);
}

// Finds the groups of the texts that wait for it. Returns false if a NUL is in one of them.
bool RowGroups::look_up_texts(GroupTable *table) {
  std::array<uint32_t, GroupTable::kMostKeys> numbers;
  texts_ = table->number_texts(sought_, numbers.data());
  if (texts_)
    for (size_t i = 0; i < rows_.size(); i++) groups_[rows_[i]] = numbers[i];
  sought_.clear();
  rows_.clear();
  return texts_;
}

void RowGroups::find_keys(const Rows &rows, GroupTable *table) {
  keys_.clear();
  const plug_column &first = rows.columns[by_[0].column];
  for (uint32_t row = 0; row < rows.lines.count; row++) {
    if (const uint32_t *const known = small(first, row); known && *known > 0) {
      groups_[row] = *known - 1;
      continue;
    }
    append_key(by_, rows, row, &keys_);
    ends_.push_back(keys_.size());
    rows_.push_back(row);
    if (rows_.size() == GroupTable::kMostKeys) look_up_keys(first, table);
  }
  look_up_keys(first, table);
}

// Finds the groups of the keys that wait for it.
void RowGroups::look_up_keys(const plug_column &first, GroupTable *table) {
  std::array<uint32_t, GroupTable::kMostKeys> numbers;
  size_t begin = 0;
  for (const size_t end : ends_) {
    sought_.push_back(keys_.bytes().subspan(begin, end - begin));
    begin = end;
  }
  table->number_all(sought_, numbers.data());
  for (size_t i = 0; i < rows_.size(); i++) {
    groups_[rows_[i]] = numbers[i];
    if (uint32_t *const known = small(first, rows_[i])) *known = numbers[i] + 1;
  }
  sought_.clear();
  keys_.clear();
  ends_.clear();
  rows_.clear();
}

// Returns the place of a small value, or null if the key has none.
uint32_t *RowGroups::small(const plug_column &first, uint32_t row) {
  if (of_small_.empty() || !plug_has_value(&first, row)) return nullptr;
  // A negative value is a large one here.
  const auto value = static_cast<uint64_t>(first.cells[row].integer);
  return value < kSmall ? &of_small_[value] : nullptr;
}

void RowGroups::restart() {
  std::fill(of_small_.begin(), of_small_.end(), 0);
  null_ = 0;
}

}  // namespace plughost
