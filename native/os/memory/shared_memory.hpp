// Memory that a host and its runners share, without a name in any file system.
// Platform: memfd_create, mmap, F_ADD_SEALS and fallocate. To port it, map an unlinked file; without seals the other
// side must not be able to write or shrink it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "os/file/descriptor.hpp"

namespace plughost {

// The system makes a page when it is first touched, so a large size costs nothing. But reading makes a page too. So
// memory that others read gets its size step by step, as the host needs it; beyond that size no process can touch it.
class SharedMemory {
 public:
  enum class Size { whole, as_needed };
  // `name` is visible only in /proc. Throws SystemFailed.
  SharedMemory(const char *name, uint64_t size, Size given = Size::whole);
  ~SharedMemory();
  SharedMemory(const SharedMemory &) = delete;
  SharedMemory &operator=(const SharedMemory &) = delete;

  // Makes the first `bytes` usable from now on, if the size is as_needed. Throws std::bad_alloc when the memory is
  // smaller, and SystemFailed.
  void reach(uint64_t bytes);
  // From now on only this mapping can write. Other processes can map the descriptor to read.
  void keep_writing_to_myself();
  // From now on this mapping only reads, and mappings in other processes can write.
  void leave_writing_to_others();

  // Frees the memory of the whole pages in [offset, offset + size). They are zeros from then on.
  void release(uint64_t offset, uint64_t size) const;

  uint8_t *data() const { return data_; }
  uint64_t size() const { return size_; }
  int descriptor() const { return descriptor_.get(); }
  uint64_t held() const;  // bytes of memory in use, by all processes
  bool holds(const uint8_t *at) const { return at >= data_ && at < data_ + size_; }

 private:
  void seal(int seals) const;

  Descriptor descriptor_;
  uint64_t size_;
  uint64_t reached_;
  uint8_t *data_;
};

}  // namespace plughost
