// Memory that a host and its runners share, without a name in any file system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "os/file/descriptor.hpp"

namespace plughost {

// Pages are there once they are touched, so a large size costs nothing. But who only reads a page has it made as well:
// what others may read is given its size bit by bit, as the host has need of it, and behind that nobody can touch it.
class SharedMemory {
 public:
  enum class Size { whole, as_needed };
  // `name` is seen in /proc alone. Throws SystemFailed.
  SharedMemory(const char *name, uint64_t size, Size given = Size::whole);
  ~SharedMemory();
  SharedMemory(const SharedMemory &) = delete;
  SharedMemory &operator=(const SharedMemory &) = delete;

  // Makes the first bytes usable, for ever; of one that is given its size as needed. Throws std::bad_alloc when there
  // are not so many, and SystemFailed.
  void reach(uint64_t bytes);
  // From now on this mapping is the only one that can write: others may map the descriptor to read.
  void keep_writing_to_myself();
  // From now on the descriptor's other mappings may write, and this one only reads.
  void leave_writing_to_others();

  // Gives back the memory of whole pages in [offset, offset + size), which are zeros from then on.
  void release(uint64_t offset, uint64_t size) const;

  uint8_t *data() const { return data_; }
  uint64_t size() const { return size_; }
  int descriptor() const { return descriptor_.get(); }
  uint64_t held() const;  // bytes of memory that it takes by now, whoever has touched it
  bool holds(const uint8_t *at) const { return at >= data_ && at < data_ + size_; }

 private:
  void seal(int seals) const;

  Descriptor descriptor_;
  uint64_t size_;
  uint64_t reached_;
  uint8_t *data_;
};

}  // namespace plughost
