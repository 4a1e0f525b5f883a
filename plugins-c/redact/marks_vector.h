/* The marks by vectors. marks.c includes this once for each kind of vector, with these defined:
 *   MARK, CLASSES  the functions' names           TARGET        attributes for the compiler
 *   VECTOR         the vector's type              FILL(byte)    a vector of equal bytes
 *   LOAD(at)       a vector from any address      EQUAL(a, b), OR(a, b), MINUS(a, b)
 *   LESS(a, b)     the lesser, unsigned, of each  BITS(v)       a bit for each byte that is set, as uint64_t */

TARGET static inline __attribute__((always_inline)) classes CLASSES(const uint8_t *data) {
  classes now = {0};
  for (unsigned at = 0; at < STEP; at += sizeof(VECTOR)) {
    const VECTOR bytes = LOAD(data + at);
    const VECTOR number = MINUS(bytes, FILL('0'));
    const VECTOR space = EQUAL(bytes, FILL(' '));
    now.digit |= BITS(EQUAL(LESS(number, FILL(9)), number)) << at;
    now.space |= BITS(space) << at;
    now.separator |= BITS(OR(space, EQUAL(bytes, FILL('-')))) << at;
    now.dot |= BITS(EQUAL(bytes, FILL('.'))) << at;
    now.at |= BITS(EQUAL(bytes, FILL('@'))) << at;
    now.colon |= BITS(EQUAL(bytes, FILL(':'))) << at;
    now.equals |= BITS(EQUAL(bytes, FILL('='))) << at;
    now.underscore |= BITS(EQUAL(bytes, FILL('_'))) << at;
    now.r |= BITS(EQUAL(OR(bytes, FILL(0x20)), FILL('r'))) << at;
    now.i |= BITS(EQUAL(bytes, FILL('I'))) << at;
    now.a |= BITS(EQUAL(bytes, FILL('A'))) << at;
    now.h |= BITS(EQUAL(bytes, FILL('h'))) << at;
    now.b |= BITS(EQUAL(bytes, FILL('b'))) << at;
  }
  return now;
}

TARGET void MARK(const uint8_t *data, size_t steps, before *before, uint64_t *marks) {
  for (; steps > 0; steps--, data += STEP) {
    const classes now = CLASSES(data);
    *marks++ = combine(&now, before);
  }
}

#undef MARK
#undef CLASSES
#undef TARGET
#undef VECTOR
#undef FILL
#undef LOAD
#undef EQUAL
#undef OR
#undef MINUS
#undef LESS
#undef BITS
