/* Finds a text in bytes: two of its rarest bytes are compared at their places, at many positions at once, and only
 * where both fit is the whole text compared. Nothing outside of the data is read. */
#ifndef SEARCH_FINDER_H
#define SEARCH_FINDER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct finder finder;

/* The first place of the text in data[size], or null. */
typedef const uint8_t *find_function(const finder *finder, const uint8_t *data, size_t size);

/* One byte of the text. Data fits it when `(data | mask) == byte`. */
typedef struct probe {
  size_t place; /* in the text */
  uint8_t byte;
  uint8_t mask; /* 0x20, the bit between the cases, for a letter that fits in either; else 0 */
} probe;

struct finder {
  find_function *find; /* the fastest that this machine can run */
  const uint8_t *text; /* borrowed */
  const uint8_t *mask; /* of each byte of the text; borrowed */
  size_t len;          /* at least 1 */
  int folds;           /* some mask is not 0 */
  probe rare[2];       /* the rarest first; the same one twice when the text is a single byte */
};

/* Prepares a search for text[len]. Both arrays stay the caller's and must outlive the finder; text becomes lower case
 * when fold is set, which lets ASCII letters fit in either case, and mask[len] is filled. */
void finder_init(finder *finder, uint8_t *text, uint8_t *mask, size_t len, int fold);

/* What finder_init chooses from; they answer alike. */
find_function find_portable;
#if defined(__x86_64__)
find_function find_sse2;
find_function find_avx2; /* only where the processor has AVX2 */
#endif

#ifdef __cplusplus
}
#endif

#endif
