#include "split.h"

#include "text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Returns whether bytes can be the name of a user. It may have several words, but a dash is none of them: then the line
 * has other parts before it, such as a virtual host or a time, and all of them would be read as their neighbours. */
static int is_user(const uint8_t *at, const uint8_t *end) {
  if (end - at == 1) return 1;
  for (const uint8_t *word = at; word < end;) {
    const uint8_t *const space = find_byte(word, end, ' ');
    if (space - word == 1 && *word == '-') return 0;
    word = space + 1;
  }
  return 1;
}

/* Sets REFERER and AGENT from what follows the bytes. A line that was cut off within the agent has no agent. One that
 * was cut off before it has no referer either, because a format of its own may have a single text there. */
static void split_tail(const uint8_t *block, const uint8_t *at, const uint8_t *end, part *to, uint32_t i) {
  to[REFERER][i] = to[AGENT][i] = (plug_span){0, MISSING};
  if (end - at < 2 || at[1] != '"') return;
  const uint8_t *const referer = at + 2, *const next = closing_quote(referer, end);
  if (end - next < 3 || next[1] != ' ' || next[2] != '"') return;
  to[REFERER][i] = span_of(block, referer, next);
  const uint8_t *const agent = next + 3, *const last = closing_quote(agent, end);
  if (last < end) to[AGENT][i] = span_of(block, agent, last);
}

static int split_line(const uint8_t *block, plug_span line, int tail, part *to, uint32_t i) {
  const uint8_t *const host = block + line.offset, *end = host + line.length;
  if (end > host && end[-1] == '\r') end--;

  const uint8_t *next = find_byte(host, end, ' ');
  if (next == end || next == host) return 0;
  to[HOST][i] = span_of(block, host, next);
  const uint8_t *const ident = next + 1;
  next = find_byte(ident, end, ' ');
  if (next == end || next == ident) return 0;
  to[IDENT][i] = span_of(block, ident, next);

  /* A name may hold spaces and brackets. Servers escape its quotes, so the first `] "` ends the time. */
  const uint8_t *const user = next + 1, *quote = user;
  for (;; quote++) {
    quote = find_byte(quote, end, '"');
    if (quote == end) return 0;
    if (quote - user >= 2 && quote[-1] == ' ' && quote[-2] == ']') break;
  }
  const uint8_t *time = quote - 2;
  while (time > user && time[-1] != '[') time--;
  if (time - user < 3 || time == quote - 2 || time[-2] != ' ' || !is_user(user, time - 2)) return 0;
  /* Apache writes `""` for an empty name. */
  const int is_empty = time - user == 4 && user[0] == '"' && user[1] == '"';
  to[USER][i] = is_empty ? span_of(block, user + 1, user + 1) : span_of(block, user, time - 2);
  to[TIME][i] = span_of(block, time, quote - 2);

  const uint8_t *const request = quote + 1;
  next = closing_quote(request, end);
  if (end - next < 4 || next[1] != ' ') return 0;
  to[REQUEST][i] = span_of(block, request, next);
  const uint8_t *const status = next + 2;
  next = find_byte(status, end, ' ');
  if (next == end || next - status > 3 || !is_number(status, next)) return 0;
  to[STATUS][i] = span_of(block, status, next);
  const uint8_t *const bytes = next + 1;
  next = find_byte(bytes, end, ' ');
  if (!is_number(bytes, next)) return 0;
  to[BYTES][i] = span_of(block, bytes, next);
  if (tail) split_tail(block, next, end, to, i);
  return 1;
}

uint64_t access_split_plainly(const uint8_t *block, const plug_span *lines, uint32_t count, int tail, part *to) {
  uint64_t fits = 0;
  for (uint32_t i = 0; i < count; i++)
    if (split_line(block, lines[i], tail, to, i)) fits |= UINT64_C(1) << i;
  return fits;
}

#if defined(__x86_64__) || defined(__aarch64__)
/* The quotes that are left of 64 bytes. */
typedef struct quotes {
  const uint8_t *at;
  uint64_t bits;
} quotes;

/* Returns whether a quote is followed by a status of three digits between spaces, by eight bytes at once. */
static inline int is_status(const uint8_t *quote) {
  uint64_t bytes;
  memcpy(&bytes, quote, 8); /* both kinds of machines are little-endian */
  /* The quote and the spaces become 0, and digits 0 to 9. Whatever else is there sets a bit of the upper half of its
   * byte, at the latest after the sum. */
  bytes = (bytes & UINT64_C(0xffffffffffff)) ^ UINT64_C(0x203030302022);
  return ((bytes | (bytes + UINT64_C(0x0f0606060f0f))) & UINT64_C(0xf0f0f0f0f0f0)) == 0;
}
#endif

#if defined(__x86_64__)
#define SPLIT access_split_sse2
#define TARGET
#define VECTOR __m128i
#define FILL(byte) _mm_set1_epi8((char)(byte))
#define LOAD(at) _mm_loadu_si128((const __m128i *)(const void *)(at))
#define EQUAL(a, b) _mm_cmpeq_epi8(a, b)
#define AND(a, b) _mm_and_si128(a, b)
#define MINUS(a, b) _mm_sub_epi8(a, b)
#define LESS(a, b) _mm_min_epu8(a, b)
#define BITS(v) (uint64_t)(uint32_t) _mm_movemask_epi8(v)
#include "split_vector.h"

#define SPLIT access_split_avx2
#define TARGET __attribute__((target("avx2,bmi")))
#define VECTOR __m256i
#define FILL(byte) _mm256_set1_epi8((char)(byte))
#define LOAD(at) _mm256_loadu_si256((const __m256i *)(const void *)(at))
#define EQUAL(a, b) _mm256_cmpeq_epi8(a, b)
#define AND(a, b) _mm256_and_si256(a, b)
#define MINUS(a, b) _mm256_sub_epi8(a, b)
#define LESS(a, b) _mm256_min_epu8(a, b)
#define BITS(v) (uint64_t)(uint32_t) _mm256_movemask_epi8(v)
#include "split_vector.h"
#elif defined(__aarch64__)
static inline uint64_t bits_of(uint8x16_t bytes) {
  static const uint8_t powers[] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t bits = vandq_u8(bytes, vld1q_u8(powers));
  return (uint64_t)vaddv_u8(vget_low_u8(bits)) | (uint64_t)vaddv_u8(vget_high_u8(bits)) << 8;
}

#define SPLIT access_split_neon
#define TARGET
#define VECTOR uint8x16_t
#define FILL(byte) vdupq_n_u8(byte)
#define LOAD(at) vld1q_u8(at)
#define EQUAL(a, b) vceqq_u8(a, b)
#define AND(a, b) vandq_u8(a, b)
#define MINUS(a, b) vsubq_u8(a, b)
#define LESS(a, b) vminq_u8(a, b)
#define BITS(v) bits_of(v)
#include "split_vector.h"
#endif

split_function *access_fastest_split(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") ? access_split_avx2 : access_split_sse2;
#elif defined(__aarch64__)
  return access_split_neon;
#else
  return access_split_plainly;
#endif
}
