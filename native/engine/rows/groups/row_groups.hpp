// Finds the groups of rows.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/plugin/sink.hpp"
#include "engine/rows/groups/group_table.hpp"
#include "engine/rows/groups/key.hpp"
#include "engine/rows/rows.hpp"

namespace plughost {

// Finds the number of each row's group in the table of one worker.
class RowGroups {
 public:
  // `by` must outlive it. Throws std::bad_alloc.
  explicit RowGroups(const std::vector<KeyColumn> &by);

  // Returns the number of each row's group. Keys that the table does not have are added to it. Valid until the next
  // call. Throws std::bad_alloc.
  const std::vector<uint32_t> &find(const Rows &rows, GroupTable *table);
  // Forgets the numbers, because the table has new ones.
  void restart();

 private:
  void find_texts(const Rows &rows, GroupTable *table);
  bool look_up_texts(GroupTable *table);
  void find_keys(const Rows &rows, GroupTable *table);
  void look_up_keys(const plug_column &first, GroupTable *table);
  uint32_t *small(const plug_column &first, uint32_t row);

  const std::vector<KeyColumn> &by_;
  // If the only key is an integer: for each small value the number of its group plus 1, or 0 if it is not known. Such a
  // key is found without a hash.
  std::vector<uint32_t> of_small_;
  bool texts_;         // whether the only key is a text, and no NUL was in it yet
  uint32_t null_ = 0;  // of texts: the number of the group without a value plus 1, or 0
  std::vector<uint32_t> groups_;
  // What is looked for together: the texts, or the keys and where they end; and the rows.
  std::vector<GroupTable::Bytes> sought_;
  ByteBuffer keys_;
  std::vector<size_t> ends_;
  std::vector<uint32_t> rows_;
};

}  // namespace plughost
