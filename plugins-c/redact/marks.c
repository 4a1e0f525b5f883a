#include "marks.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* One bit for each byte of a step. */
typedef struct classes {
  uint64_t digit, separator, dash, dot, colon, equals;
  uint64_t letter; /* or another byte that shares its bit */
  uint64_t sign;   /* as in marks */
  uint64_t escape; /* as in marks */
} classes;

/* Moves bits by `by` bytes. Bits that leave the step are carried into the next one. Uses two separate shifts, because
 * the combined instruction is slow on some processors. */
static inline __attribute__((always_inline)) uint64_t further(uint64_t bits, int by, uint64_t *carried) {
  const uint64_t moved = bits << by | *carried;
  *carried = bits >> (64 - by);
  return moved;
}

/* Returns where a number of an IPv4 address and its dot may end: 2, 3 and 4 bytes later. */
static inline __attribute__((always_inline)) uint64_t further_by_number(uint64_t bits, uint64_t *carried) {
  const uint64_t moved = bits << 2 | bits << 3 | bits << 4 | *carried;
  *carried = bits >> 62 | bits >> 61 | bits >> 60;
  return moved;
}

static inline __attribute__((always_inline)) marks combine(const classes *now, carry *carry) {
  uint64_t *moved = carry->moved;
  const uint64_t digit = now->digit;
  const uint64_t behind_digit = further(digit, 1, moved++);

  /* The position ends as many digits as the name says. */
  const uint64_t digits2 = digit & behind_digit;
  const uint64_t digits3 = digits2 & further(digit, 2, moved++);
  const uint64_t digits4 = digits2 & further(digits2, 2, moved++);
  const uint64_t digits8 = digits4 & further(digits4, 4, moved++);
  const uint64_t digits13 = digits8 & further(digits8, 5, moved++);
  const uint64_t behind_group = (now->separator | now->dot) & further(digits4, 1, moved++);
  const uint64_t next_group = digits3 & further(behind_group, 3, moved++);

  const uint64_t dot = now->dot & behind_digit;
  const uint64_t dots2 = dot & further_by_number(dot, moved++);
  const uint64_t dots3 = dots2 & further_by_number(dots2, moved++);

  /* An IPv6 address has two adjacent colons, or six within 32 bytes. */
  const uint64_t together = now->colon & further(now->colon, 1, moved++);
  const int many = __builtin_popcountll(now->colon) + __builtin_popcountll(carry->colon) >= 6;
  carry->colon = now->colon;

  const uint64_t word = digit | now->letter, run1 = word | now->dash;
  const uint64_t run2 = run1 & further(run1, 1, moved++);
  const uint64_t run4 = run2 & further(run2, 2, moved++);
  const uint64_t run8 = run4 & further(run4, 4, moved++);
  const uint64_t run16 = run8 & further(run8, 8, moved++);
  const uint64_t run = run16 & ~further(run16, 1, moved++);
  const uint64_t first_dash = now->dash & ~further(word, 1, moved++);

  // Not in the initializers, whose order the compiler chooses.
  const uint64_t name = now->equals | (now->colon & ~further(digits2, 1, moved++));
  const uint64_t flag = now->letter & further(first_dash, 1, moved++);

  return (marks){.ipv4 = dots3,
                 .ipv6 = many ? now->colon : together,
                 .name = name,
                 .flag = flag,
                 .sign = now->sign,
                 .run = run,
                 .card = digits13 | next_group,
                 .escape = now->escape};
}

/* Returns whether a byte is an @ or ends "er ", in any case. */
static int is_sign(const uint8_t *byte) {
  return *byte == '@' || (*byte == ' ' && (byte[-1] | 0x20) == 'r' && (byte[-2] | 0x20) == 'e');
}

void mark_portable(const uint8_t *data, size_t steps, carry *carry, marks *marks) {
  for (; steps > 0; steps--, data += STEP) {
    classes now = {0};
    for (int i = 0; i < STEP; i++) {
      const uint8_t byte = data[i];
      now.digit |= (uint64_t)((uint8_t)(byte - '0') < 10) << i;
      now.separator |= (uint64_t)(byte == ' ' || (byte | 6) == '/') << i; /* also ) + - */
      now.dash |= (uint64_t)(byte == '-') << i;
      now.dot |= (uint64_t)(byte == '.') << i;
      now.colon |= (uint64_t)(byte == ':') << i;
      now.equals |= (uint64_t)((byte | 3) == '?') << i; /* also < = > */
      now.letter |= (uint64_t)(byte >> 6 & 1) << i;
      now.sign |= (uint64_t)is_sign(data + i) << i;
      now.escape |= (uint64_t)((byte | 2) == '^' || byte == 0x1b || (uint8_t)(byte - '#') < 4)
                    << i; /* \ ^ ESC # $ % & */
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
#define TWICE(v) _mm_slli_epi16(v, 1)
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
#define TWICE(v) _mm256_slli_epi16(v, 1)
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
