// Which of some columns have a value in any row of a run: a wrong name or a wrong type has none.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace plughost {

// The most columns that are watched: each has a bit.
constexpr size_t kMostWatched = 64;

class Watched {
 public:
  // `columns` are indexes, kMostWatched at most.
  explicit Watched(std::vector<uint32_t> columns) : columns_(std::move(columns)) {}

  const std::vector<uint32_t> &columns() const { return columns_; }
  // Notes that the columns of these bits have a value. Bit i is that of columns()[i]. [any]
  void note(uint64_t bits) { valued_.fetch_or(bits, std::memory_order_relaxed); }
  // Returns the bits that were noted, when the workers have ended.
  uint64_t valued() const { return valued_.load(std::memory_order_relaxed); }

 private:
  const std::vector<uint32_t> columns_;
  std::atomic<uint64_t> valued_ = 0;
};

}  // namespace plughost
