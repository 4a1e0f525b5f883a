#include "marks.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* For each kind of byte that matters, a bit for each byte of a step. */
typedef struct classes {
  uint64_t digit, separator, space, dot, at, colon, equals, underscore;
  uint64_t r; /* in either case */
  uint64_t i, a, h, b;
} classes;

/* The bits `by` bytes further on, with those of the step before. */
static inline uint64_t further(uint64_t now, uint64_t before, int by) { return now << by | before >> (64 - by); }

static inline __attribute__((always_inline)) uint64_t combine(const classes *now, before *before) {
  const uint64_t behind_digit = further(now->digit, before->digit, 1);

  /* Doubling: eight digits are four behind four. */
  const uint64_t digits2 = now->digit & behind_digit;
  const uint64_t digits4 = digits2 & further(digits2, before->digits2, 2);
  const uint64_t digits8 = digits4 & further(digits4, before->digits4, 4);
  const uint64_t digits13 = digits8 & further(digits8, before->digits8, 5);
  /* With separators a card has at least two, so fifteen bytes; a date with an hour has thirteen. */
  const uint64_t run = now->digit | (now->separator & behind_digit);
  const uint64_t run2 = run & further(run, before->run, 1);
  const uint64_t run4 = run2 & further(run2, before->run2, 2);
  const uint64_t run8 = run4 & further(run4, before->run4, 4);
  const uint64_t run15 = run8 & further(run8, before->run8, 7);

  /* An address has two colons together, or six within 32 bytes. */
  const uint64_t together = now->colon & further(now->colon, before->colon, 1);
  const int many = __builtin_popcountll(now->colon) + __builtin_popcountll(before->colon) >= 6;

  const uint64_t name_before = (now->colon | now->equals) & ~behind_digit;
  const uint64_t bearer = now->space & further(now->r, before->r, 1);
  const uint64_t amazon = now->a & further(now->i, before->i, 1);
  const uint64_t github = now->underscore & (further(now->h, before->h, 2) | further(now->b, before->b, 1));

  *before = (struct before){.digit = now->digit,
                            .digits2 = digits2,
                            .digits4 = digits4,
                            .digits8 = digits8,
                            .run = run,
                            .run2 = run2,
                            .run4 = run4,
                            .run8 = run8,
                            .colon = now->colon,
                            .r = now->r,
                            .i = now->i,
                            .h = now->h,
                            .b = now->b};
  return (now->dot & behind_digit) | now->at | name_before | together | (many ? now->colon : 0) | digits13 | run15 |
         bearer | amazon | github;
}

void mark_portable(const uint8_t *data, size_t steps, before *before, uint64_t *marks) {
  for (; steps > 0; steps--, data += STEP) {
    classes now = {0};
    for (int i = 0; i < STEP; i++) {
      const uint8_t byte = data[i];
      const uint64_t bit = UINT64_C(1) << i;
      if ((uint8_t)(byte - '0') <= 9) {
        now.digit |= bit;
        continue;
      }
      switch (byte) {
        case ' ':
          now.space |= bit;
          now.separator |= bit;
          break;
        case '-':
          now.separator |= bit;
          break;
        case '.':
          now.dot |= bit;
          break;
        case '@':
          now.at |= bit;
          break;
        case ':':
          now.colon |= bit;
          break;
        case '=':
          now.equals |= bit;
          break;
        case '_':
          now.underscore |= bit;
          break;
        case 'r':
        case 'R':
          now.r |= bit;
          break;
        case 'I':
          now.i |= bit;
          break;
        case 'A':
          now.a |= bit;
          break;
        case 'h':
          now.h |= bit;
          break;
        case 'b':
          now.b |= bit;
          break;
      }
    }
    *marks++ = combine(&now, before);
  }
}

#if defined(__x86_64__)
#define MARK mark_sse2
#define CLASSES classes_sse2
#define TARGET
#define VECTOR __m128i
#define FILL(byte) _mm_set1_epi8((char)(byte))
#define LOAD(at) _mm_loadu_si128((const __m128i *)(at))
#define EQUAL(a, b) _mm_cmpeq_epi8(a, b)
#define OR(a, b) _mm_or_si128(a, b)
#define MINUS(a, b) _mm_sub_epi8(a, b)
#define LESS(a, b) _mm_min_epu8(a, b)
#define BITS(v) (uint64_t)(uint32_t) _mm_movemask_epi8(v)
#include "marks_vector.h"

#define MARK mark_avx2
#define CLASSES classes_avx2
#define TARGET __attribute__((target("avx2,popcnt")))
#define VECTOR __m256i
#define FILL(byte) _mm256_set1_epi8((char)(byte))
#define LOAD(at) _mm256_loadu_si256((const __m256i *)(at))
#define EQUAL(a, b) _mm256_cmpeq_epi8(a, b)
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
