// Memory that a host and its runners share, without a name in any file system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/descriptor.hpp"

namespace plughost::isolation {

// Pages are there once they are touched, so a large size costs nothing.
class SharedMemory {
 public:
  // `name` is seen in /proc alone. Throws SystemFailed.
  SharedMemory(const char *name, uint64_t size);
  ~SharedMemory();
  SharedMemory(const SharedMemory &) = delete;
  SharedMemory &operator=(const SharedMemory &) = delete;

  // From now on this mapping is the only one that can write: others may map the descriptor to read.
  void keep_writing_to_myself();
  // From now on the descriptor's other mappings may write, and this one only reads.
  void leave_writing_to_others();

  uint8_t *data() const { return data_; }
  uint64_t size() const { return size_; }
  int descriptor() const { return descriptor_.get(); }
  bool holds(const uint8_t *at) const { return at >= data_ && at < data_ + size_; }

 private:
  Descriptor descriptor_;
  uint64_t size_;
  uint8_t *data_;
};

}  // namespace plughost::isolation
