/* Marks the bytes at which a finder must look, with one bit for each byte. Most bytes of a log are not marked, and 64
 * of them are passed at a time. */
#ifndef REDACT_MARKS_H
#define REDACT_MARKS_H

#include <stddef.h>
#include <stdint.h>

/* A run (bytes.h) of at least RUN bytes may be or hold a token. */
enum { STEP = 64, BEFORE = 2, RUN = 16 };

/* The marks of 64 bytes. */
typedef struct marks {
  uint64_t ipv4;   /* the third of three dots with the distances of an address */
  uint64_t ipv6;   /* the second of two colons, or all colons where there are many */
  uint64_t name;   /* <, =, > and ?, and : except after two digits, as in times */
  uint64_t flag;   /* a letter, or a byte that shares its bit, after a - at the start of a word */
  uint64_t sign;   /* an @; the space that ends the word Bearer */
  uint64_t run;    /* the byte at which a run becomes RUN bytes long */
  uint64_t card;   /* the end of thirteen digits, or the third digit of a group that follows one of four */
  uint64_t escape; /* a byte that may begin an escape */
} marks;

/* State from the 64 bytes before: their colons, and the bits that were moved out of them, at their new positions. All 0
 * at the start. */
typedef struct carry {
  uint64_t colon;
  uint64_t moved[18];
} carry;

/* Marks steps * STEP bytes. Also reads BEFORE bytes before them. */
typedef void mark_function(const uint8_t *data, size_t steps, carry *carry, marks *marks);

/* Returns the fastest implementation for this machine. */
mark_function *fastest_mark(void);

/* The implementations, which give the same marks. */
mark_function mark_portable;
#if defined(__x86_64__)
mark_function mark_sse2;
mark_function mark_avx2; /* requires AVX2 */
#endif

#endif
