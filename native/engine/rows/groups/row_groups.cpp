#include "engine/rows/groups/row_groups.hpp"

#include <algorithm>

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
    uint32_t *of_small = nullptr;
    if (!of_small_.empty() && plug_has_value(&first, row)) {
      // A negative value is a large one here.
      const auto value = static_cast<uint64_t>(first.cells[row].integer);
      if (value < kSmall) of_small = &of_small_[value];
    }
    if (of_small && *of_small > 0) {
      groups_[row] = *of_small - 1;
      continue;
    }
    key_.clear();
    append_key(by_, rows, row, &key_);
    groups_[row] = table->number(key_.bytes());
    if (of_small) *of_small = groups_[row] + 1;
  }
  return groups_;
}

void RowGroups::restart() { std::fill(of_small_.begin(), of_small_.end(), 0); }

}  // namespace plughost
