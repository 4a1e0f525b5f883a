/* Shared code of the parsers: finds a byte in a line. */
#ifndef SHARED_FIND_H
#define SHARED_FIND_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Returns the first byte `wanted` of [at, end), or `end` if there is none. It may read 15 bytes behind `end`; the
 * contract lets parsers read 64 behind a block. */
static inline const uint8_t *find_byte(const uint8_t *at, const uint8_t *end, uint8_t wanted) {
#if defined(__SSE2__)
  const __m128i pattern = _mm_set1_epi8((char)wanted);
  for (; at < end; at += 16) {
    const __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)at), pattern);
    const unsigned bits = (unsigned)_mm_movemask_epi8(equal);
    if (bits == 0) continue;
    at += __builtin_ctz(bits);
    return at < end ? at : end;
  }
  return end;
#elif defined(__aarch64__)
  const uint8x16_t pattern = vdupq_n_u8(wanted);
  for (; at < end; at += 16) {
    const uint8x8_t narrow = vshrn_n_u16(vreinterpretq_u16_u8(vceqq_u8(vld1q_u8(at), pattern)), 4);
    const uint64_t bits = vget_lane_u64(vreinterpret_u64_u8(narrow), 0);
    if (bits == 0) continue;
    at += __builtin_ctzll(bits) / 4;
    return at < end ? at : end;
  }
  return end;
#else
  const uint8_t *const found = at < end ? memchr(at, wanted, (size_t)(end - at)) : NULL;
  return found ? found : end;
#endif
}

#endif
