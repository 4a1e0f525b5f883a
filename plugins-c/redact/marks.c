#include "marks.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* A bit for each byte of a step. */
typedef struct classes {
  uint64_t digit, separator, dot, colon, equals;
  uint64_t sign; /* as in marks */
} classes;

/* Bits `by` bytes further on; those that leave the step are carried into the next one. The two shifts are apart from
 * each other, because the instruction for both is slow on some processors. */
static inline __attribute__((always_inline)) uint64_t further(uint64_t bits, int by, uint64_t *carried) {
  const uint64_t moved = bits << by | *carried;
  *carried = bits >> (64 - by);
  return moved;
}

/* Where a number of an IPv4 address and its dot may end: 2, 3 and 4 bytes further on. */
static inline __attribute__((always_inline)) uint64_t further_by_number(uint64_t bits, uint64_t *carried) {
  const uint64_t moved = bits << 2 | bits << 3 | bits << 4 | *carried;
  *carried = bits >> 62 | bits >> 61 | bits >> 60;
  return moved;
}

static inline __attribute__((always_inline)) marks combine(const classes *now, carry *carry) {
  uint64_t *moved = carry->moved;
  const uint64_t digit = now->digit;
  const uint64_t behind_digit = further(digit, 1, moved++);

  /* As many digits end here as the names say. */
  const uint64_t digits2 = digit & behind_digit;
  const uint64_t digits3 = digits2 & further(digit, 2, moved++);
  const uint64_t digits4 = digits2 & further(digits2, 2, moved++);
  const uint64_t digits8 = digits4 & further(digits4, 4, moved++);
  const uint64_t digits13 = digits8 & further(digits8, 5, moved++);
  const uint64_t behind_group = now->separator & further(digits4, 1, moved++);
  const uint64_t next_group = digits3 & further(behind_group, 3, moved++);

  const uint64_t dot = now->dot & behind_digit;
  const uint64_t dots2 = dot & further_by_number(dot, moved++);
  const uint64_t dots3 = dots2 & further_by_number(dots2, moved++);

  /* An address has two colons together, or six within 32 bytes. */
  const uint64_t together = now->colon & further(now->colon, 1, moved++);
  const int many = __builtin_popcountll(now->colon) + __builtin_popcountll(carry->colon) >= 6;
  carry->colon = now->colon;

  return (marks){.ipv4 = dots3,
                 .ipv6 = many ? now->colon : together,
                 .name = (now->colon | now->equals) & ~behind_digit,
                 .sign = now->sign,
                 .card = digits13 | next_group};
}

/* Whether a byte is an @, or ends "er ", "IA", "h?_" or "b_" in any case of "er". */
static int is_sign(const uint8_t *byte) {
  switch (*byte) {
    case '@':
      return 1;
    case ' ':
      return (byte[-1] | 0x20) == 'r' && (byte[-2] | 0x20) == 'e';
    case 'A':
      return byte[-1] == 'I';
    case '_':
      return byte[-2] == 'h' || byte[-1] == 'b';
    default:
      return 0;
  }
}

void mark_portable(const uint8_t *data, size_t steps, carry *carry, marks *marks) {
  for (; steps > 0; steps--, data += STEP) {
    classes now = {0};
    for (int i = 0; i < STEP; i++) {
      const uint8_t byte = data[i];
      now.digit |= (uint64_t)((uint8_t)(byte - '0') < 10) << i;
      now.separator |= (uint64_t)(byte == ' ' || byte == '-') << i;
      now.dot |= (uint64_t)(byte == '.') << i;
      now.colon |= (uint64_t)(byte == ':') << i;
      now.equals |= (uint64_t)(byte == '=') << i;
      now.sign |= (uint64_t)is_sign(data + i) << i;
    }
    *marks++ = combine(&now, carry);
  }
}

#if defined(__x86_64__)
#define MARK mark_sse2
#define TARGET
#define VECTOR __m128i
#define FILL(byte) _mm_set1_epi8((char)(byte))
#define LOAD(at) _mm_loadu_si128((const __m128i *)(at))
#define EQUAL(a, b) _mm_cmpeq_epi8(a, b)
#define AND(a, b) _mm_and_si128(a, b)
#define OR(a, b) _mm_or_si128(a, b)
#define MINUS(a, b) _mm_sub_epi8(a, b)
#define LESS(a, b) _mm_min_epu8(a, b)
#define BITS(v) (uint64_t)(uint32_t) _mm_movemask_epi8(v)
#include "marks_vector.h"

#define MARK mark_avx2
#define TARGET __attribute__((target("avx2,popcnt")))
#define VECTOR __m256i
#define FILL(byte) _mm256_set1_epi8((char)(byte))
#define LOAD(at) _mm256_loadu_si256((const __m256i *)(at))
#define EQUAL(a, b) _mm256_cmpeq_epi8(a, b)
#define AND(a, b) _mm256_and_si256(a, b)
#define OR(a, b) _mm256_or_si256(a, b)
#define MINUS(a, b) _mm256_sub_epi8(a, b)
#define LESS(a, b) _mm256_min_epu8(a, b)
#define BITS(v) (uint64_t)(uint32_t) _mm256_movemask_epi8(v)
#include "marks_vector.h"
#endif

mark_function *fastest_mark(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") ? mark_avx2 : mark_sse2;
#else
  return mark_portable;
#endif
}
