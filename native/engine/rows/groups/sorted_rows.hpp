// Answers in the order of some of their columns.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/rows/groups/results.hpp"

namespace plughost {

// Holds rows until all are there. Equal ones keep their order. Null comes first, and last where the order descends.
class SortedRows {
 public:
  // Keeps the first `limit` rows. Columns and sort must outlive it.
  SortedRows(const Schema &columns, const std::vector<SortColumn> &sort, uint64_t limit)
      : columns_(columns), sort_(sort), limit_(limit) {}

  // Adds rows without lines. Throws std::bad_alloc.
  void add(const plug_rows &rows);
  // Passes the rows on in their order. Returns how many they were. Throws std::bad_alloc, and as `take` does.
  uint64_t pass(const TakeRows &take);

 private:
  struct Row {
    std::string key;  // bytes whose order is that of the rows
    std::vector<plug_cell> cells;
    std::vector<bool> valid;
    std::string text;  // of the cells, whose offsets begin there
  };

  void drop_those_beyond_limit();

  const Schema &columns_;
  const std::vector<SortColumn> &sort_;
  const uint64_t limit_;
  std::vector<Row> rows_;
  uint64_t added_ = 0;
};

}  // namespace plughost
