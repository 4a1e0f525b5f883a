/* The search by vectors. finder.c includes this file once for each kind of vector, after it has defined:
 *   FIND       the function's name              TARGET      attributes for the compiler
 *   VECTOR     the vector's type                FILL(byte)  a vector of equal bytes
 *   LOAD(at)   a vector from any address        EQUAL(a, b), AND(a, b), OR(a, b)
 *   BITS(v)    a bit for each byte that is set  FIND_LESS   the search for fewer positions than a vector has */

TARGET static inline __attribute__((always_inline)) const uint8_t *FIND_WITH(const finder *finder, const uint8_t *data,
                                                                             size_t size, const int folds) {
  enum { WIDTH = sizeof(VECTOR), STEP = 4 * WIDTH };
  if (size < finder->len) return NULL;
  const size_t positions = size - finder->len + 1;
  if (positions < WIDTH) return FIND_LESS(finder, data, size);
  const uint8_t *const first = data + finder->rare[0].place;
  const uint8_t *const second = data + finder->rare[1].place;
  const VECTOR first_byte = FILL(finder->rare[0].byte), first_mask = FILL(finder->rare[0].mask);
  const VECTOR second_byte = FILL(finder->rare[1].byte), second_mask = FILL(finder->rare[1].mask);

/* The positions from `at` on at which both bytes fit. Applying the masks without folding would cost a tenth of the
 * speed. */
#define CASED(v, mask) (folds ? OR(v, mask) : (v))
#define FITTING(at)                                             \
  AND(EQUAL(CASED(LOAD(first + (at)), first_mask), first_byte), \
      EQUAL(CASED(LOAD(second + (at)), second_mask), second_byte))
#define RETURN_IF_SAME(at, fitting)                                             \
  for (uint32_t bits = (uint32_t)BITS(fitting); bits; bits &= bits - 1) {       \
    const uint8_t *const candidate = data + (at) + (size_t)__builtin_ctz(bits); \
    if (is_text(finder, candidate, folds)) return candidate;                    \
  }

  size_t at = 0;
  for (; positions - at >= STEP; at += STEP) {
    const VECTOR a = FITTING(at), b = FITTING(at + WIDTH);
    const VECTOR c = FITTING(at + 2 * WIDTH), d = FITTING(at + 3 * WIDTH);
    if (!BITS(OR(OR(a, b), OR(c, d)))) continue;
    RETURN_IF_SAME(at, a)
    RETURN_IF_SAME(at + WIDTH, b)
    RETURN_IF_SAME(at + 2 * WIDTH, c)
    RETURN_IF_SAME(at + 3 * WIDTH, d)
  }
  while (at < positions) {
    /* The last vector moves back so that it ends with the last position. The positions that it sees again did not fit.
     */
    if (positions - at < WIDTH) at = positions - WIDTH;
    const VECTOR fitting = FITTING(at);
    RETURN_IF_SAME(at, fitting)
    at += WIDTH;
  }
  return NULL;
#undef CASED
#undef FITTING
#undef RETURN_IF_SAME
}

TARGET const uint8_t *FIND(const finder *finder, const uint8_t *data, size_t size) {
  return finder->folds ? FIND_WITH(finder, data, size, 1) : FIND_WITH(finder, data, size, 0);
}

#undef FIND
#undef FIND_WITH
#undef FIND_LESS
#undef TARGET
#undef VECTOR
#undef FILL
#undef LOAD
#undef EQUAL
#undef AND
#undef OR
#undef BITS
