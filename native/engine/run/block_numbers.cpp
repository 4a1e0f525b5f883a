#include "engine/run/block_numbers.hpp"

#include "engine/lines/lines.hpp"

namespace plughost {

uint64_t BlockNumbers::first_of(const Block &block, bool read) {
  // A line that goes on in the next block counts there.
  const uint64_t lines = read ? count_lines(block.data(), block.size()) - (block.cut ? 1 : 0) : 0;
  std::unique_lock lock(mutex_);
  Counted &input = inputs_[block.input];
  counted_.wait(lock, [&] { return abandoned_ || input.blocks == block.position; });
  if (abandoned_) return 0;
  const uint64_t first = input.lines + block.skipped + 1;
  input.lines += block.skipped + lines;
  input.blocks++;
  lock.unlock();
  counted_.notify_all();
  return first;
}

void BlockNumbers::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  counted_.notify_all();
}

}  // namespace plughost
