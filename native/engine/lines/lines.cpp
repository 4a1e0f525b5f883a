#include "engine/lines/lines.hpp"

#include <bit>
#include <cstring>

#include "os/cpu/newline_mask.hpp"

namespace plughost {
namespace {

// Returns the mask of the last bytes, fewer than a whole mask has.
inline uint64_t newlines_of_tail(const uint8_t *data, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) bits |= static_cast<uint64_t>(data[i] == '\n') << i;
  return bits;
}

struct Count {
  template <NewlineMask newlines>
  [[gnu::always_inline]] static uint64_t run(const uint8_t *data, size_t size) {
    uint64_t lines = 0;
    size_t i = 0;
    for (; size - i >= kMaskBytes; i += kMaskBytes) lines += static_cast<uint64_t>(std::popcount(newlines(data + i)));
    lines += static_cast<uint64_t>(std::popcount(newlines_of_tail(data + i, size - i)));
    return lines + (size > 0 && data[size - 1] != '\n');
  }
};

struct Split {
  template <NewlineMask newlines>
  [[gnu::always_inline]] static uint32_t run(const uint8_t *data, size_t *from, size_t size, plug_span *spans,
                                             uint32_t capacity) {
    size_t start = *from;
    uint32_t lines = 0;
    for (size_t i = start; i < size && lines < capacity; i += kMaskBytes) {
      uint64_t bits = size - i >= kMaskBytes ? newlines(data + i) : newlines_of_tail(data + i, size - i);
      for (; bits != 0 && lines < capacity; bits &= bits - 1) {
        const size_t end = i + static_cast<size_t>(std::countr_zero(bits));
        spans[lines++] = {static_cast<uint32_t>(start), static_cast<uint32_t>(end - start)};
        start = end + 1;
      }
    }
    if (lines < capacity && start < size) {
      spans[lines++] = {static_cast<uint32_t>(start), static_cast<uint32_t>(size - start)};
      start = size;
    }
    *from = start;
    return lines;
  }
};

const auto kCount = NewlineCode<Count, uint64_t, const uint8_t *, size_t>::best();
const auto kSplit = NewlineCode<Split, uint32_t, const uint8_t *, size_t *, size_t, plug_span *, uint32_t>::best();

}  // namespace

uint64_t count_lines(const uint8_t *data, size_t size) { return kCount(data, size); }

uint32_t split_lines(const uint8_t *data, size_t *from, size_t size, plug_span *spans, uint32_t capacity) {
  return kSplit(data, from, size, spans, capacity);
}

size_t next_line(const uint8_t *data, size_t at, size_t size) {
  const auto *newline = static_cast<const uint8_t *>(std::memchr(data + at, '\n', size - at));
  return newline ? static_cast<size_t>(newline - data) + 1 : size;
}

size_t previous_line(const uint8_t *data, size_t at) {
  const auto *newline = at < 2 ? nullptr : static_cast<const uint8_t *>(memrchr(data, '\n', at - 1));
  return newline ? static_cast<size_t>(newline - data) + 1 : 0;
}

size_t skip_lines(const uint8_t *data, size_t from, size_t size, uint64_t lines) {
  for (; lines > 0 && from < size; lines--) from = next_line(data, from, size);
  return from;
}

}  // namespace plughost
