/* Finds a text in bytes. Compares two of the rarest bytes of the text at many positions at once, and the whole text
 * only where both fit. Reads nothing outside of the data. */
#ifndef SEARCH_FINDER_H
#define SEARCH_FINDER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct finder finder;

/* Returns the first place of the text in data[size], or null. */
typedef const uint8_t *find_function(const finder *finder, const uint8_t *data, size_t size);

/* One byte of the text. Data fits it when `(data | mask) == byte`. */
typedef struct probe {
  size_t place; /* in the text */
  uint8_t byte;
  uint8_t mask; /* 0x20, the bit between the cases, for a letter that may have either; else 0 */
} probe;

struct finder {
  find_function *find; /* the fastest on this processor */
  const uint8_t *text; /* borrowed */
  const uint8_t *mask; /* a mask for each byte of the text; borrowed */
  size_t len;          /* at least 1 */
  int folds;           /* whether a mask is not 0 */
  probe rare[2];       /* the rarest first; twice the same when the text is a single byte */
};

/* Prepares a search for text[len]. Borrows both arrays, which must outlive the finder, and fills mask[len]. `fold`
 * makes ASCII letters fit in either case; it changes those of the text to lower case. */
void finder_init(finder *finder, uint8_t *text, uint8_t *mask, size_t len, int fold);

/* finder_init chooses one of these. They return the same. */
find_function find_portable;
#if defined(__x86_64__)
find_function find_sse2;
find_function find_avx2; /* only where the processor has AVX2 */
#elif defined(__wasm_simd128__)
find_function find_simd128;
#endif

#ifdef __cplusplus
}
#endif

#endif
