#include "engine/lines/lines.hpp"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace plughost {
namespace {

// A step looks at 64 bytes and gives a bit for each newline; `newlines` is one of the functions below.
constexpr size_t kStep = 64;

#if defined(__x86_64__)
__attribute__((target("avx2"))) inline uint64_t newlines_avx2(const uint8_t *data) {
  const __m256i newline = _mm256_set1_epi8('\n');
  const auto at = [&](size_t i) __attribute__((target("avx2"))) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(data + i));
    return static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, newline))));
  };
  return at(0) | at(32) << 32;
}
#endif

inline uint64_t newlines_portable(const uint8_t *data) {
  // Eight bytes in a word: a zero byte of `word` is a newline; carries cannot cross bytes in this form.
  uint64_t bits = 0;
  for (size_t i = 0; i < kStep; i += 8) {
    uint64_t word;
    std::memcpy(&word, data + i, 8);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    word ^= 0x0a0a0a0a0a0a0a0aULL;
    const uint64_t low = 0x7f7f7f7f7f7f7f7fULL;
    const uint64_t zero = ~(((word & low) + low) | word | low);
    bits |= ((zero >> 7) * 0x0102040810204080ULL >> 56) << i;
  }
  return bits;
}

// The rest of the data that does not fill a step.
inline uint64_t newlines_of_tail(const uint8_t *data, size_t size) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) bits |= static_cast<uint64_t>(data[i] == '\n') << i;
  return bits;
}

template <uint64_t (*newlines)(const uint8_t *)>
[[gnu::always_inline]] inline uint64_t count(const uint8_t *data, size_t size) {
  uint64_t lines = 0;
  size_t i = 0;
  for (; size - i >= kStep; i += kStep) lines += static_cast<uint64_t>(std::popcount(newlines(data + i)));
  lines += static_cast<uint64_t>(std::popcount(newlines_of_tail(data + i, size - i)));
  return lines + (size > 0 && data[size - 1] != '\n');
}

template <uint64_t (*newlines)(const uint8_t *)>
[[gnu::always_inline]] inline uint32_t split(const uint8_t *data, size_t *from, size_t size, plug_span *spans,
                                             uint32_t capacity) {
  size_t start = *from;
  uint32_t lines = 0;
  for (size_t i = start; i < size && lines < capacity; i += kStep) {
    uint64_t bits = size - i >= kStep ? newlines(data + i) : newlines_of_tail(data + i, size - i);
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

using Count = uint64_t (*)(const uint8_t *, size_t);
using Split = uint32_t (*)(const uint8_t *, size_t *, size_t, plug_span *, uint32_t);

#if defined(__x86_64__)
__attribute__((target("avx2,popcnt,bmi"))) uint64_t count_avx2(const uint8_t *data, size_t size) {
  return count<newlines_avx2>(data, size);
}
__attribute__((target("avx2,popcnt,bmi"))) uint32_t split_avx2(const uint8_t *data, size_t *from, size_t size,
                                                               plug_span *spans, uint32_t capacity) {
  return split<newlines_avx2>(data, from, size, spans, capacity);
}
const bool kAvx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
const Count kCount = kAvx2 ? count_avx2 : count<newlines_portable>;
const Split kSplit = kAvx2 ? split_avx2 : split<newlines_portable>;
#else
const Count kCount = count<newlines_portable>;
const Split kSplit = split<newlines_portable>;
#endif

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
