/* The hash of `distinct`: 64 bits, and the same on every machine. States depend on it, so another one needs another
 * revision of the state.
 *
 * Each step multiplies two words of 64 bits, and takes the exclusive or of both halves of the product. The constants
 * are the first 64 bits of the fractions of the square roots of 2, 3, 5 and 7, made odd. */
#ifndef DISTINCT_HASH_H
#define DISTINCT_HASH_H

#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 product128;

#define HASH_A UINT64_C(0x6a09e667f3bcc909)
#define HASH_B UINT64_C(0xbb67ae8584caa73b)
#define HASH_C UINT64_C(0x3c6ef372fe94f82b)
#define HASH_D UINT64_C(0xa54ff53a5f1d36f1)

static inline uint64_t hash_step(uint64_t a, uint64_t b) {
  const product128 product = (product128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Reads the lowest byte first. */
static inline uint64_t hash_word(const uint8_t *data, int bytes) {
  uint64_t word = 0;
  memcpy(&word, data, (size_t)bytes);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

static inline uint64_t hash_of(const uint8_t *data, uint64_t len) {
  uint64_t state = len ^ HASH_A, low = 0, high = 0;
  for (uint64_t left = len; left > 16; left -= 16, data += 16)
    state = hash_step(hash_word(data, 8) ^ HASH_B, hash_word(data + 8, 8) ^ state);
  /* What is left has 1 to 16 bytes, or the text is empty. The two words may overlap. */
  const uint64_t left = len == 0 ? 0 : (len - 1) % 16 + 1;
  if (left >= 8) {
    low = hash_word(data, 8);
    high = hash_word(data + left - 8, 8);
  } else if (left >= 4) {
    low = hash_word(data, 4);
    high = hash_word(data + left - 4, 4);
  } else if (left > 0) {
    low = (uint64_t)data[0] | (uint64_t)data[left / 2] << 8 | (uint64_t)data[left - 1] << 16;
  }
  return hash_step(hash_step(low ^ HASH_C, high ^ state) ^ HASH_D, state ^ HASH_B);
}

#endif
