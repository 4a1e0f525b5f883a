// Finding newlines in 64 bytes at once, by the widest vectors that the processor has.
// Platform: AVX2 on x86-64, and portable code elsewhere. To add a processor, write a mask function and a version for
// it.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace plughost {

// The bytes that a mask function looks at.
inline constexpr size_t kMaskBytes = 64;

// Returns a bit for each of kMaskBytes bytes, the first one lowest: 1 where the byte is a newline.
using NewlineMask = uint64_t (*)(const uint8_t *data);

inline uint64_t newline_mask_portable(const uint8_t *data) {
  // Eight bytes in a word: a zero byte of `word` is a newline. In this form no carry crosses a byte.
  uint64_t bits = 0;
  for (size_t i = 0; i < kMaskBytes; i += 8) {
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

#if defined(__x86_64__)
__attribute__((target("avx2"))) inline uint64_t newline_mask_avx2(const uint8_t *data) {
  const __m256i newline = _mm256_set1_epi8('\n');
  const auto at = [&](size_t i) __attribute__((target("avx2"))) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(data + i));
    return static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, newline))));
  };
  return at(0) | at(32) << 32;
}
#endif

// Code that is compiled once for each mask function. `Code` has an always-inlined static function template
// `run<NewlineMask>`, so that the mask becomes part of its loop.
template <typename Code, typename Result, typename... Arguments>
class NewlineCode {
 public:
  using Function = Result (*)(Arguments...);

  // Returns the version for this processor. [any]
  static Function best() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) return avx2;
#endif
    return portable;
  }

 private:
  static Result portable(Arguments... arguments) { return Code::template run<newline_mask_portable>(arguments...); }
#if defined(__x86_64__)
  __attribute__((target("avx2,popcnt,bmi"))) static Result avx2(Arguments... arguments) {
    return Code::template run<newline_mask_avx2>(arguments...);
  }
#endif
};

}  // namespace plughost
