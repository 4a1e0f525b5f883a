// A block: whole lines of an input in page-aligned memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "engine/plugin/failure.hpp"
#include "os/file/descriptor.hpp"
#include "os/file/file.hpp"
#include "os/memory/page_memory.hpp"
#include "os/memory/pages.hpp"
#include "plughost/base.h"

namespace plughost {

// Gives page buffers memory that is shared with other processes, instead of memory of their own.
class PagePool {
 public:
  virtual ~PagePool() = default;
  // Returns a region of region_size() bytes, or null when none is left. [any]
  virtual uint8_t *take() = 0;
  // Takes a region back. [any]
  virtual void give_back(uint8_t *region) = 0;
  virtual size_t region_size() const = 0;
};

// Memory that files are read into. It is page-aligned: the kernel copies to unaligned memory at a third of the speed.
class PageBuffer {
 public:
  // Uses a region of `pool`, which must outlive the buffer, if it has one that is large enough. Otherwise, and without
  // a pool, the buffer owns its memory.
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

  // Grows the memory to at least `size` bytes and keeps its content. Throws std::bad_alloc.
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

// An open file that is neither compressed nor re-encoded. `from` is the offset at which the input begins.
struct PlainFile {
  PlainFile(Descriptor file, uint64_t from)
      : descriptor(std::move(file)), from(from), opened(status_of(descriptor.get())) {}

  // Returns whether the file has another size, or was written later, than when it was opened. [any]
  bool has_changed() const {
    const auto now = status_of(descriptor.get());
    return !now || !opened || now->size != opened->size || now->modified_ns != opened->modified_ns;
  }

  const Descriptor descriptor;
  const uint64_t from;
  const std::optional<FileStatus> opened;
};

struct Block {
  uint32_t input = 0;                     // index of the input
  uint64_t position = 0;                  // number of blocks of the input before it
  bool last = false;                      // no block of the input follows
  bool live = false;                      // from a stream that may pause, so its output is written at once
  uint64_t offset = 0;                    // of the first line in the input; in a compressed input, in the decoded text
  uint32_t mark = 0;                      // bytes of the byte order mark before the first line of the input
  uint64_t consumed = 0;                  // bytes of the input as it is stored, for the progress
  uint32_t skipped = 0;                   // over-long lines that the reader skipped before the first line
  uint32_t long_lines = 0;                // those, plus an over-long line whose first piece is this block
  bool cut = false;                       // the block is a piece of an over-long line that goes on in the next block
  std::shared_ptr<const PlainFile> file;  // null: the input is a stream or is decoded
  PageBuffer buffer;
  size_t begin = 0;  // the lines are buffer[begin, end); the last line of an input may have no newline
  size_t end = 0;
  std::optional<Failure> failure;  // after these lines; the input ends with it
  bool unopened = false;           // the input could not be opened; this is its only block

  const uint8_t *data() const { return buffer.data() + begin; }
  size_t size() const { return end - begin; }

  // Whether the block only says that the block before it was the last one of the input.
  bool is_end() const { return last && consumed == 0 && skipped == 0 && size() == 0 && !failure; }

  // Removes the lines and keeps the memory.
  void clear() {
    live = cut = unopened = last = false;
    offset = consumed = 0;
    mark = skipped = long_lines = 0;
    file.reset();
    begin = end = 0;
    failure.reset();
  }
};

}  // namespace plughost
