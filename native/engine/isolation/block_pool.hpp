// Memory for blocks that runners can map, so that blocks reach them without a copy.
#pragma once

#include <mutex>
#include <vector>

#include "engine/lines/block.hpp"
#include "os/memory/shared_memory.hpp"
#include "os/system_failed.hpp"

namespace plughost::isolation {

class BlockPool : public PagePool {
 public:
  // Throws SystemFailed.
  BlockPool(size_t regions, size_t region_size)
      : region_size_(region_size), memory_("plughost blocks", regions * region_size, SharedMemory::Size::as_needed) {
    memory_.keep_writing_to_myself();
    for (size_t i = regions; i > 0; i--) free_.push_back(memory_.data() + (i - 1) * region_size);
  }

  // Returns null when all regions are taken or the system has no memory. [any]
  uint8_t *take() override {
    std::lock_guard lock(mutex_);
    if (free_.empty()) return nullptr;
    uint8_t *region = free_.back();
    try {
      memory_.reach(static_cast<uint64_t>(region - memory_.data()) + region_size_);
    } catch (const SystemFailed &) {
      return nullptr;
    }
    free_.pop_back();
    return region;
  }
  void give_back(uint8_t *region) override {
    std::lock_guard lock(mutex_);
    free_.push_back(region);
  }
  size_t region_size() const override { return region_size_; }
  const SharedMemory &memory() const { return memory_; }

 private:
  const size_t region_size_;
  SharedMemory memory_;
  std::mutex mutex_;  // guards free_ and the size of memory_
  std::vector<uint8_t *> free_;
};

}  // namespace plughost::isolation
