// Answers in the order of some of their columns.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/plugin/sink.hpp"
#include "engine/rows/groups/results.hpp"

namespace plughost {

// Holds rows until all are there. Null comes first, and last where the order descends. With a limit, rows that come
// after all those that will be kept are dropped while others are added.
class SortedRows {
 public:
  // Keeps the first `limit` rows. Columns and sort must outlive it. The first `keys` columns are those of the keys.
  SortedRows(const Schema &columns, const std::vector<SortColumn> &sort, uint64_t limit, size_t keys);

  // Returns whether a row comes after all rows that will be kept. Looks only at those columns, from the first of the
  // sort on, that are no keys, so the others need no values yet. Throws std::bad_alloc.
  bool is_beyond(const plug_rows &rows, uint32_t row);
  // Adds a row without a line. `tie` differs from that of any other row, and is the order of rows that the sort finds
  // equal. Throws std::bad_alloc.
  void add(const plug_rows &rows, uint32_t row, std::span<const uint8_t> tie);
  // Passes the rows on in their order. Returns how many they were. Throws std::bad_alloc, and as `take` does.
  uint64_t pass(const TakeRows &take);

 private:
  struct Row {
    std::string key;  // bytes whose order is that of the rows
    std::vector<plug_cell> cells;
    std::vector<bool> valid;
    std::string text;  // of the cells, whose offsets begin there
  };

  void make_key(const plug_rows &rows, uint32_t row, size_t columns);
  void drop_those_beyond_limit();

  const Schema &columns_;
  const std::vector<SortColumn> &sort_;
  const uint64_t limit_;
  const size_t without_keys_;  // how many columns of the sort come before the first that is a key
  ByteBuffer value_;
  std::string key_;        // of the row that is looked at
  std::string limit_key_;  // of the last row that may be kept; empty: not known yet
  std::vector<Row> rows_;
};

}  // namespace plughost
