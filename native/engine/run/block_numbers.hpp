// The numbers of the first lines of blocks, for stages that need the numbers of lines before the blocks are in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/lines/block.hpp"

namespace plughost {

// Each worker counts the lines of its block before it does anything else with it, so a block waits no longer than its
// predecessors are counted.
class BlockNumbers {
 public:
  explicit BlockNumbers(size_t inputs) : inputs_(inputs) {}

  // Counts the lines of a block. Returns the number of the first one in its input, from 1, when all blocks of the input
  // before it were counted; 0 when abandon() was called. Call it once for each block, also for one that could not
  // be `read`.
  // [any]
  uint64_t first_of(const Block &block, bool read);
  // Ends every wait, because some blocks will never be counted. [any]
  void abandon();

 private:
  struct Counted {
    uint64_t blocks = 0;
    uint64_t lines = 0;
  };

  std::mutex mutex_;  // guards the members below
  std::condition_variable counted_;
  std::vector<Counted> inputs_;
  bool abandoned_ = false;
};

}  // namespace plughost
