/* Where something may be that is to be found: a bit for each byte at which a finder has to look. Most bytes of a log
 * need no look, and are passed by 64 at a time. */
#ifndef REDACT_MARKS_H
#define REDACT_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* A run (bytes.h) that is RUN long may be a token, or have one in it. */
enum { STEP = 64, BEFORE = 2, RUN = 16 };

/* Of 64 bytes. */
typedef struct marks {
  uint64_t ipv4;   /* the third of three dots as close as in an address */
  uint64_t ipv6;   /* the second of two colons, or all where there are many */
  uint64_t name;   /* <, =, > and ?, and : unless behind two digits, as in times */
  uint64_t flag;   /* a letter or what has its bit, behind a - that begins a word */
  uint64_t sign;   /* an @; the space that ends the word Bearer */
  uint64_t run;    /* the byte that makes a run RUN long */
  uint64_t card;   /* the end of thirteen digits, or the third digit of a group behind one of four */
  uint64_t escape; /* what may begin an escape */
} marks;

/* What the 64 bytes before tell: their colons, and bits that were moved out of them, already in their new places. All 0
 * at the begin. */
typedef struct carry {
  uint64_t colon;
  uint64_t moved[18];
} carry;

/* Marks steps * STEP bytes. The BEFORE bytes before them are read too. */
typedef void mark_function(const uint8_t *data, size_t steps, carry *carry, marks *marks);

/* The fastest that this machine can run. */
mark_function *fastest_mark(void);

/* What fastest_mark chooses from; they answer alike. */
mark_function mark_portable;
#if defined(__x86_64__)
mark_function mark_sse2;
mark_function mark_avx2; /* only where the processor has AVX2 */
#endif

#endif
