#include "search/finder.h"

#include <string.h>

#include "search/byte_rank.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

static int is_letter(uint8_t byte) { return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'; }

static int fits(probe probe, const uint8_t *data) { return (data[probe.place] | probe.mask) == probe.byte; }

static uint64_t word_at(const uint8_t *data) {
  uint64_t word;
  memcpy(&word, data, sizeof word);
  return word;
}

/* Whether the text is at `data`, which has finder->len bytes. Most candidates differ in the first eight bytes. */
static inline int is_text(const finder *finder, const uint8_t *data, int folds) {
  const uint8_t *const text = finder->text;
  const uint8_t *const mask = finder->mask;
  const size_t len = finder->len;
  size_t i = 0;
  if (len >= 8) {
    if ((word_at(data) | word_at(mask)) != word_at(text)) return 0;
    if (!folds) return memcmp(data + 8, text + 8, len - 8) == 0;
    i = 8;
  }
  for (; i < len; i++)
    if ((data[i] | mask[i]) != text[i]) return 0;
  return 1;
}

#if defined(__x86_64__) || defined(__wasm_simd128__)
/* Looks at one position after the other. */
static const uint8_t *find_short(const finder *finder, const uint8_t *data, size_t size) {
  for (size_t at = 0; at + finder->len <= size; at++)
    if (fits(finder->rare[0], data + at) && is_text(finder, data + at, finder->folds)) return data + at;
  return NULL;
}
#endif

/* Goes from one place of the rarest byte to the next. Looks for both cases of a letter that may have either. */
const uint8_t *find_portable(const finder *finder, const uint8_t *data, size_t size) {
  if (size < finder->len) return NULL;
  const probe rarest = finder->rare[0];
  const uint8_t *at = data + rarest.place;
  const uint8_t *const end = at + (size - finder->len + 1);
  const int cases = rarest.mask ? 2 : 1;
  const uint8_t wanted[2] = {rarest.byte, rarest.byte ^ rarest.mask};
  /* The next place of each case; null: not searched yet. */
  const uint8_t *next[2] = {NULL, cases == 2 ? NULL : end};
  for (; at < end; at++) {
    for (int i = 0; i < cases; i++) {
      if (next[i] && next[i] >= at) continue;
      next[i] = memchr(at, wanted[i], (size_t)(end - at));
      if (!next[i]) next[i] = end;
    }
    at = next[0] < next[1] ? next[0] : next[1];
    if (at < end && fits(finder->rare[1], at - rarest.place) && is_text(finder, at - rarest.place, finder->folds))
      return at - rarest.place;
  }
  return NULL;
}

#if defined(__x86_64__)
#define FIND find_sse2
#define FIND_WITH find_sse2_with
#define FIND_LESS find_short
#define TARGET
#define VECTOR __m128i
#define FILL(byte) _mm_set1_epi8((char)(byte))
#define LOAD(at) _mm_loadu_si128((const __m128i *)(at))
#define EQUAL(a, b) _mm_cmpeq_epi8(a, b)
#define AND(a, b) _mm_and_si128(a, b)
#define OR(a, b) _mm_or_si128(a, b)
#define BITS(v) _mm_movemask_epi8(v)
#include "search/find_vector.h"

#define FIND find_avx2
#define FIND_WITH find_avx2_with
#define FIND_LESS find_sse2
#define TARGET __attribute__((target("avx2")))
#define VECTOR __m256i
#define FILL(byte) _mm256_set1_epi8((char)(byte))
#define LOAD(at) _mm256_loadu_si256((const __m256i *)(at))
#define EQUAL(a, b) _mm256_cmpeq_epi8(a, b)
#define AND(a, b) _mm256_and_si256(a, b)
#define OR(a, b) _mm256_or_si256(a, b)
#define BITS(v) _mm256_movemask_epi8(v)
#include "search/find_vector.h"
#elif defined(__wasm_simd128__)
#define FIND find_simd128
#define FIND_WITH find_simd128_with
#define FIND_LESS find_short
#define TARGET
#define VECTOR v128_t
#define FILL(byte) wasm_u8x16_splat(byte)
#define LOAD(at) wasm_v128_load(at)
#define EQUAL(a, b) wasm_i8x16_eq(a, b)
#define AND(a, b) wasm_v128_and(a, b)
#define OR(a, b) wasm_v128_or(a, b)
#define BITS(v) wasm_i8x16_bitmask(v)
#include "search/find_vector.h"
#endif

static find_function *fastest(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") ? find_avx2 : find_sse2;
#elif defined(__wasm_simd128__)
  return find_simd128;
#else
  return find_portable;
#endif
}

/* Returns how common the bytes are that fit the text at a place. */
static int commonness(const finder *finder, size_t place) {
  const uint8_t byte = finder->text[place];
  const int rank = byte_rank[byte];
  const int other = byte_rank[byte ^ finder->mask[place]];
  return rank > other ? rank : other;
}

static probe probe_at(const finder *finder, size_t place) {
  return (probe){.place = place, .byte = finder->text[place], .mask = finder->mask[place]};
}

void finder_init(finder *finder, uint8_t *text, uint8_t *mask, size_t len, int fold) {
  *finder = (struct finder){.find = fastest(), .text = text, .mask = mask, .len = len};
  for (size_t i = 0; i < len; i++) {
    mask[i] = fold && is_letter(text[i]) ? 0x20 : 0;
    text[i] |= mask[i];
    if (mask[i]) finder->folds = 1;
  }
  size_t rarest = 0;
  for (size_t i = 1; i < len; i++)
    if (commonness(finder, i) < commonness(finder, rarest)) rarest = i;
  /* Another place of the same byte says little more, so it is the last choice. */
  size_t second = rarest;
  for (size_t i = 0; i < len; i++) {
    if (i == rarest) continue;
    const int same = text[i] == text[rarest], second_same = text[second] == text[rarest];
    if (second == rarest || same < second_same ||
        (same == second_same && commonness(finder, i) < commonness(finder, second)))
      second = i;
  }
  finder->rare[0] = probe_at(finder, rarest);
  finder->rare[1] = probe_at(finder, second);
}
