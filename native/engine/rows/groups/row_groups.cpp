#include "engine/rows/groups/row_groups.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace plughost {
namespace {

// Statuses, months and ports are below. The array takes 256 KiB of each worker.
constexpr uint64_t kSmall = 65536;

bool is_one_integer(const std::vector<KeyColumn> &by) {
  return by.size() == 1 && (by[0].type == PLUG_INTEGER || by[0].type == PLUG_BOOLEAN);
}

}  // namespace

RowGroups::RowGroups(const std::vector<KeyColumn> &by) : by_(by), of_small_(is_one_integer(by) ? kSmall : 0) {}

const std::vector<uint32_t> &RowGroups::find(const Rows &rows, GroupTable *table) {
  const uint32_t count = rows.lines.count;
  groups_.assign(count, 0);
  if (by_.empty()) return groups_;
  const plug_column &first = rows.columns[by_[0].column];
  for (uint32_t row = 0; row < count; row++) {
    if (const uint32_t *const known = small(first, row); known && *known > 0) {
      groups_[row] = *known - 1;
      continue;
    }
    append_key(by_, rows, row, &keys_);
    if (keys_.size() > UINT32_MAX) throw std::bad_alloc();
    ends_.push_back(static_cast<uint32_t>(keys_.size()));
    rows_.push_back(row);
    if (rows_.size() == GroupTable::kMostKeys) look_up(first, table);
  }
  look_up(first, table);
  return groups_;
}

// Returns the place of a small value, or null if the key has none.
uint32_t *RowGroups::small(const plug_column &first, uint32_t row) {
  if (of_small_.empty() || !plug_has_value(&first, row)) return nullptr;
  // A negative value is a large one here.
  const auto value = static_cast<uint64_t>(first.cells[row].integer);
  return value < kSmall ? &of_small_[value] : nullptr;
}

// Finds the groups of the keys that wait for it.
void RowGroups::look_up(const plug_column &first, GroupTable *table) {
  std::array<uint32_t, GroupTable::kMostKeys> numbers;
  table->number_all(keys_.bytes().data(), ends_, numbers.data());
  for (size_t i = 0; i < rows_.size(); i++) {
    groups_[rows_[i]] = numbers[i];
    if (uint32_t *const known = small(first, rows_[i])) *known = numbers[i] + 1;
  }
  keys_.clear();
  ends_.clear();
  rows_.clear();
}

void RowGroups::restart() { std::fill(of_small_.begin(), of_small_.end(), 0); }

}  // namespace plughost
