// A piece of an input: whole lines in a page-aligned buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "engine/plugin/failure.hpp"
#include "os/file/descriptor.hpp"
#include "os/memory/page_memory.hpp"
#include "os/memory/pages.hpp"
#include "plughost/base.h"

namespace plughost {

// Where page buffers may lie instead of memory of their own: memory that is shared with others.
class PagePool {
 public:
  virtual ~PagePool() = default;
  // A region of region_size() bytes, or null when there is none left. [any]
  virtual uint8_t *take() = 0;
  virtual void give_back(uint8_t *region) = 0;
  virtual size_t region_size() const = 0;
};

// Memory for reading into. Page-aligned, because the kernel copies a third as fast to an unaligned destination.
class PageBuffer {
 public:
  // With a pool, which must outlive it, the memory is the pool's as long as that has some that is large enough.
  explicit PageBuffer(PagePool *pool = nullptr) : pool_(pool) {}
  PageBuffer(PageBuffer &&other) noexcept { swap(other); }
  PageBuffer &operator=(PageBuffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~PageBuffer() { release(); }

  uint8_t *data() { return data_; }
  const uint8_t *data() const { return data_; }
  size_t size() const { return size_; }

  // Makes room for `size` bytes and keeps the ones that are there. Throws std::bad_alloc.
  void grow(size_t size) {
    if (size <= size_) return;
    if (!data_ && pool_ && size <= pool_->region_size() && (data_ = pool_->take())) {
      size_ = pool_->region_size();
      pooled_ = true;
      return;
    }
    size = page_aligned(size);
    const bool own = data_ && !pooled_;
    uint8_t *const data = own ? grow_pages(data_, size_, size) : allocate_pages(size);
    if (pooled_) {
      std::memcpy(data, data_, size_);
      release();
    }
    data_ = data;
    size_ = size;
  }

 private:
  void swap(PageBuffer &other) {
    std::swap(pool_, other.pool_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(pooled_, other.pooled_);
  }
  void release() {
    if (pooled_) {
      pool_->give_back(data_);
    } else if (data_) {
      free_pages(data_, size_);
    }
    pooled_ = false;
  }

  PagePool *pool_ = nullptr;
  uint8_t *data_ = nullptr;
  size_t size_ = 0;
  bool pooled_ = false;
};

// A file that is read as it lies, from `from` on.
struct PlainFile {
  PlainFile(Descriptor descriptor, uint64_t from) : descriptor(std::move(descriptor)), from(from) {}
  Descriptor descriptor;
  uint64_t from;
};

struct Block {
  uint64_t number = 0;                    // place in the order of the run, over all inputs
  uint32_t input = 0;                     // index of the input
  bool live = false;                      // from a stream that may pause: what it gives is written at once
  uint64_t offset = 0;                    // of the first line, in the input's text: decoded, when it is compressed
  uint32_t mark = 0;                      // bytes of a byte order mark before the first line of the input
  uint64_t consumed = 0;                  // bytes of the input itself that this block accounts for in the progress
  uint32_t skipped = 0;                   // lines before the first that were left out because they are too long
  uint32_t long_lines = 0;                // those, and the one that is first cut here
  bool cut = false;                       // the block is a piece of a line, which goes on in the next block
  std::shared_ptr<const PlainFile> file;  // null: the input is a stream, or decoded
  PageBuffer buffer;
  size_t begin = 0;  // the lines are buffer[begin, end): whole ones, the last of an input perhaps without newline
  size_t end = 0;
  std::optional<Failure> failure;  // behind the lines; the input ends there
  bool unopened = false;           // which could not be opened, and has no other block

  const uint8_t *data() const { return buffer.data() + begin; }
  size_t size() const { return end - begin; }

  // Without lines, ready for others; the memory stays.
  void clear() {
    live = cut = unopened = false;
    offset = consumed = 0;
    mark = skipped = long_lines = 0;
    file.reset();
    begin = end = 0;
    failure.reset();
  }
};

}  // namespace plughost
