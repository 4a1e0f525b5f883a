// The rows of one batch of lines, in the memory of one worker.
#pragma once

#include <plughost/columns.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/plugin/sink.hpp"

namespace plughost {

// Returns how many words hold a bit for each of `count` rows.
constexpr size_t words_for(size_t count) { return (count + 63) / 64; }

// Calls visit(i) for each bit that is set, ascending.
template <typename Visit>
void each_bit(std::span<const uint64_t> words, Visit visit) {
  for (size_t word = 0; word < words.size(); word++)
    for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1)
      visit(static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(bits))));
}

inline uint32_t count_bits(std::span<const uint64_t> words) {
  uint32_t count = 0;
  for (const uint64_t word : words) count += static_cast<uint32_t>(std::popcount(word));
  return count;
}

// Clears all bits from number `from` on.
inline void clear_bits(std::span<uint64_t> words, uint32_t from) {
  for (size_t word = from / 64; word < words.size(); word++)
    words[word] &= word == from / 64 ? (uint64_t{1} << (from % 64)) - 1 : 0;
}

// Returns whether a bit is set that belongs to no row.
inline bool has_bits_beyond(std::span<const uint64_t> words, uint32_t count) {
  return count % 64 != 0 && words[count / 64] >> (count % 64) != 0;
}

// Cells and valid bits of some columns.
class Cells {
 public:
  // `rows` is the most that it holds.
  Cells(size_t columns, uint32_t rows) : rows_(rows), cells_(columns * rows), valid_(columns * words_for(rows)) {
    for (size_t i = 0; i < columns; i++)
      columns_.push_back({cells_.data() + i * rows, valid_.data() + i * words_for(rows)});
  }
  Cells(const Cells &) = delete;
  Cells &operator=(const Cells &) = delete;

  // Makes every cell null.
  void clear() { std::fill(valid_.begin(), valid_.end(), 0); }

  uint32_t rows() const { return rows_; }
  const plug_column *columns() const { return columns_.data(); }
  const plug_column &column(size_t index) const { return columns_[index]; }
  std::span<const uint64_t> valid(size_t index, uint32_t rows) const {
    return {columns_[index].valid, words_for(rows)};
  }

  // Moves the rows whose bit is set to the front of each column. `rows` is the number of rows before.
  void keep(std::span<const uint64_t> kept, uint32_t rows) {
    for (plug_column &column : columns_) {
      uint32_t to = 0;
      std::vector<uint64_t> &valid = scratch_;
      valid.assign(words_for(rows), 0);
      each_bit(kept, [&](uint32_t from) {
        column.cells[to] = column.cells[from];
        valid[to / 64] |= (column.valid[from / 64] >> (from % 64) & 1) << (to % 64);
        to++;
      });
      std::copy(valid.begin(), valid.end(), column.valid);
    }
  }

 private:
  const uint32_t rows_;
  std::vector<plug_cell> cells_;
  std::vector<uint64_t> valid_;
  std::vector<plug_column> columns_;
  std::vector<uint64_t> scratch_;
};

}  // namespace plughost
