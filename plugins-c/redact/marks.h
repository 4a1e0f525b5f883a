/* Where something may be that is to be found: a bit for each byte at which a finder has to look. Most bytes of a log
 * need no look, and are passed by 64 at a time. */
#ifndef REDACT_MARKS_H
#define REDACT_MARKS_H

#include <stddef.h>
#include <stdint.h>

enum { STEP = 64 };

/* Of the 64 bytes before: what can only be told with them. All 0 at the begin. */
typedef struct before {
  uint64_t digit, digits2, digits4, digits8; /* as many digits end here */
  uint64_t run, run2, run4, run8;            /* digits with single separators between them */
  uint64_t colon, r, i, h, b;
} before;

/* Marks steps * STEP bytes: bit i of marks[n] is byte n * STEP + i. What is marked: a dot behind a digit, an @, a colon
 * or = that a name may stand before, colons as in an IPv6 address, the end of thirteen digits or of as many as a card
 * number with separators has, a space behind an r, an A behind an I, and a _ as in a token of GitHub. */
typedef void mark_function(const uint8_t *data, size_t steps, before *before, uint64_t *marks);

/* The fastest that this machine can run. */
mark_function *fastest_mark(void);

/* What fastest_mark chooses from; they answer alike. */
mark_function mark_portable;
#if defined(__x86_64__)
mark_function mark_sse2;
mark_function mark_avx2; /* only where the processor has AVX2 */
#endif

#endif
