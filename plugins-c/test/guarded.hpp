// Memory between two pages that cannot be accessed.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "plugin.hpp"

namespace test {

class Guarded {
 public:
  // Returns a copy of `text` at the end or at the start of the memory.
  enum class At { end, start };

  explicit Guarded(size_t capacity) : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    inner_ = (capacity + page_ - 1) / page_ * page_;
    void *memory = mmap(nullptr, inner_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(memory != MAP_FAILED, "no memory");
    outer_ = static_cast<uint8_t *>(memory);
    require(mprotect(outer_ + page_, inner_, PROT_READ | PROT_WRITE) == 0, "mprotect failed");
  }
  Guarded(const Guarded &) = delete;
  Guarded &operator=(const Guarded &) = delete;
  ~Guarded() { munmap(outer_, inner_ + 2 * page_); }

  const uint8_t *hold(std::string_view text, At at) {
    require(text.size() <= inner_, "the text is larger than the memory");
    uint8_t *place = outer_ + page_ + (at == At::end ? inner_ - text.size() : 0);
    if (!text.empty()) std::memcpy(place, text.data(), text.size());
    return place;
  }

 private:
  size_t page_;
  size_t inner_;
  uint8_t *outer_;
};

}  // namespace test
