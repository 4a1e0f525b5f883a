/* Shared code of the parsers: 64 bytes at once as one bit each. */
#ifndef SHARED_MASKS_H
#define SHARED_MASKS_H

#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* 64 bytes. The contract lets parsers read 64 behind a block, so they may be read from any byte of a line on. */
typedef struct bytes64 {
#if defined(__SSE2__)
  __m128i part[4];
#elif defined(__aarch64__)
  uint8x16_t part[4];
#else
  uint8_t byte[64];
#endif
} bytes64;

static inline bytes64 load64(const uint8_t *at) {
  bytes64 bytes;
  memcpy(&bytes, at, sizeof bytes);
  return bytes;
}

#if defined(__aarch64__) && !defined(__SSE2__)
/* Makes a bit of each byte, which is 0 or 255. */
static inline uint64_t bits_of_bytes(const uint8x16_t part[4]) {
  static const uint8_t place[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t places = vld1q_u8(place);
  const uint8x16_t low = vpaddq_u8(vandq_u8(part[0], places), vandq_u8(part[1], places));
  const uint8x16_t high = vpaddq_u8(vandq_u8(part[2], places), vandq_u8(part[3], places));
  const uint8x16_t sums = vpaddq_u8(low, high);
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)), 0);
}
#endif

/* Returns the bits of the bytes that are `wanted`. */
static inline uint64_t equal64(const bytes64 *bytes, uint8_t wanted) {
  uint64_t bits = 0;
#if defined(__SSE2__)
  for (int i = 0; i < 4; i++)
    bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes->part[i], _mm_set1_epi8((char)wanted)))
            << (16 * i);
#elif defined(__aarch64__)
  uint8x16_t equal[4];
  for (int i = 0; i < 4; i++) equal[i] = vceqq_u8(bytes->part[i], vdupq_n_u8(wanted));
  bits = bits_of_bytes(equal);
#else
  for (int i = 0; i < 64; i++) bits |= (uint64_t)(bytes->byte[i] == wanted) << i;
#endif
  return bits;
}

/* Returns the bits of the bytes that are at most `most`. */
static inline uint64_t at_most64(const bytes64 *bytes, uint8_t most) {
  uint64_t bits = 0;
#if defined(__SSE2__)
  const __m128i limit = _mm_set1_epi8((char)most);
  for (int i = 0; i < 4; i++) {
    const __m128i small = _mm_cmpeq_epi8(_mm_max_epu8(bytes->part[i], limit), limit);
    bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(small) << (16 * i);
  }
#elif defined(__aarch64__)
  uint8x16_t small[4];
  for (int i = 0; i < 4; i++) small[i] = vcleq_u8(bytes->part[i], vdupq_n_u8(most));
  bits = bits_of_bytes(small);
#else
  for (int i = 0; i < 64; i++) bits |= (uint64_t)(bytes->byte[i] <= most) << i;
#endif
  return bits;
}

#endif
