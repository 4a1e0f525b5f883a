/* Splits lines of the Common and the Combined Log Format into their parts:
 *   HOST IDENT USER [TIME] "REQUEST" STATUS BYTES
 * and perhaps ` "REFERER" "AGENT"`, after which anything may stand. A return before the end of the line is no part of
 * it. */
#ifndef ACCESS_SPLIT_H
#define ACCESS_SPLIT_H

#include "parts.h"

/* Splits up to STEP lines. Returns a bit for each line that has the format. Sets the parts HOST, IDENT, USER, TIME,
 * REQUEST, STATUS and BYTES of such lines, and REFERER and AGENT if `tail` is set. May read 64 bytes behind a line. */
typedef uint64_t split_function(const uint8_t *block, const plug_span *lines, uint32_t count, int tail, part *to);

/* Returns the fastest implementation for this machine. */
split_function *access_fastest_split(void);

/* The implementations, which give the same parts. */
split_function access_split_plainly;
#if defined(__x86_64__)
split_function access_split_sse2;
split_function access_split_avx2; /* requires AVX2 and BMI1 */
#elif defined(__aarch64__)
split_function access_split_neon;
#endif

#endif
