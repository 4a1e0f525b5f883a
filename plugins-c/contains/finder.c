#include "finder.h"

#include <string.h>

#include "byte_rank.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static uint8_t lower(uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte; }

static int is_letter(uint8_t byte) { return lower(byte) >= 'a' && lower(byte) <= 'z'; }

static int same(const finder *finder, const uint8_t *data) {
  if (!finder->fold) return memcmp(data, finder->text, finder->len) == 0;
  for (size_t i = 0; i < finder->len; i++)
    if (lower(data[i]) != finder->text[i]) return 0;
  return 1;
}

static int fits(const finder *finder, const uint8_t *data) {
  return (data[finder->places[0]] | finder->masks[0]) == finder->bytes[0] &&
         (data[finder->places[1]] | finder->masks[1]) == finder->bytes[1] && same(finder, data);
}

/* Position by position: for data that is shorter than a vector. */
static const uint8_t *find_short(const finder *finder, const uint8_t *data, size_t size) {
  for (size_t at = 0; at + finder->len <= size; at++)
    if (fits(finder, data + at)) return data + at;
  return NULL;
}

/* From one place of the rarest byte to the next, where there are no vectors of our own. */
static const uint8_t *find_portable(const finder *finder, const uint8_t *data, size_t size) {
  if (finder->masks[0]) return find_short(finder, data, size);
  if (size < finder->len) return NULL;
  const size_t place = finder->places[0];
  const uint8_t *at = data + place;
  const uint8_t *const end = data + (size - finder->len + 1) + place;
  while (at < end && (at = memchr(at, finder->bytes[0], (size_t)(end - at)))) {
    if (fits(finder, at - place)) return at - place;
    at++;
  }
  return NULL;
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

/* A bit for each of 32 positions at which both bytes fit. */
AVX2 static inline __m256i candidates(const uint8_t *data, const size_t places[2], const __m256i bytes[2],
                                      const __m256i masks[2]) {
  const __m256i first = _mm256_loadu_si256((const __m256i *)(data + places[0]));
  const __m256i second = _mm256_loadu_si256((const __m256i *)(data + places[1]));
  return _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_or_si256(first, masks[0]), bytes[0]),
                          _mm256_cmpeq_epi8(_mm256_or_si256(second, masks[1]), bytes[1]));
}

AVX2 static const uint8_t *find_avx2(const finder *finder, const uint8_t *data, size_t size) {
  enum { VECTOR = 32, STEP = 4 * VECTOR };
  if (size < finder->len) return NULL;
  const size_t positions = size - finder->len + 1;
  if (positions < VECTOR) return find_short(finder, data, size);
  const size_t places[2] = {finder->places[0], finder->places[1]};
  const __m256i bytes[2] = {_mm256_set1_epi8((char)finder->bytes[0]), _mm256_set1_epi8((char)finder->bytes[1])};
  const __m256i masks[2] = {_mm256_set1_epi8((char)finder->masks[0]), _mm256_set1_epi8((char)finder->masks[1])};

  size_t at = 0;
  for (; positions - at >= STEP; at += STEP) {
    __m256i found[4];
    for (int i = 0; i < 4; i++) found[i] = candidates(data + at + i * VECTOR, places, bytes, masks);
    const __m256i any = _mm256_or_si256(_mm256_or_si256(found[0], found[1]), _mm256_or_si256(found[2], found[3]));
    if (_mm256_testz_si256(any, any)) continue;
    for (int i = 0; i < 4; i++) {
      for (uint32_t bits = (uint32_t)_mm256_movemask_epi8(found[i]); bits; bits &= bits - 1) {
        const uint8_t *candidate = data + at + i * VECTOR + __builtin_ctz(bits);
        if (same(finder, candidate)) return candidate;
      }
    }
  }
  while (at < positions) {
    /* The last vector is moved back so that it ends with the last position; what it sees twice did not fit before. */
    if (positions - at < VECTOR) at = positions - VECTOR;
    const __m256i found = candidates(data + at, places, bytes, masks);
    for (uint32_t bits = (uint32_t)_mm256_movemask_epi8(found); bits; bits &= bits - 1) {
      const uint8_t *candidate = data + at + __builtin_ctz(bits);
      if (same(finder, candidate)) return candidate;
    }
    at += VECTOR;
  }
  return NULL;
}
#endif

/* How common a byte is; with fold, both of its cases together. */
static int commonness(uint8_t byte, int fold) {
  const int rank = byte_rank[byte];
  if (!fold || !is_letter(byte)) return rank;
  const int other = byte_rank[byte ^ 0x20];
  return rank > other ? rank : other;
}

void finder_init(finder *finder, uint8_t *text, size_t len, int fold) {
  if (fold)
    for (size_t i = 0; i < len; i++) text[i] = lower(text[i]);
  *finder = (struct finder){.text = text, .len = len, .fold = fold, .find = find_portable};
  size_t rarest = 0;
  for (size_t i = 1; i < len; i++)
    if (commonness(text[i], fold) < commonness(text[rarest], fold)) rarest = i;
  /* The same byte again would tell little more. */
  size_t second = rarest;
  for (size_t i = 0; i < len; i++) {
    if (i == rarest) continue;
    const int better = second == rarest || commonness(text[i], fold) < commonness(text[second], fold);
    if ((better && text[i] != text[rarest]) || second == rarest) second = i;
  }
  const size_t places[2] = {rarest, second};
  for (int i = 0; i < 2; i++) {
    finder->places[i] = places[i];
    finder->bytes[i] = text[places[i]];
    finder->masks[i] = fold && is_letter(text[places[i]]) ? 0x20 : 0;
  }
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) finder->find = find_avx2;
#endif
}
