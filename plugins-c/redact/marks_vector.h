/* Computes the marks with vectors. marks.c includes this once for each kind of vector and defines:
 *   MARK        the function's name            TARGET        attributes for the compiler
 *   VECTOR      the vector's type              FILL(byte)    a vector of equal bytes
 *   LOAD(at)    a vector from any address      EQUAL(a, b), AND(a, b), OR(a, b), MINUS(a, b)
 *   TWICE(v)    its bits, one to the left
 *   LESS(a, b)  the lesser, unsigned, of each  BITS(v)       a bit for each byte that is set, as uint64_t */

TARGET void MARK(const uint8_t *data, size_t steps, carry *carry, marks *marks) {
  /* Keeps its fields in registers. */
  struct carry here = *carry;
  for (; steps > 0; steps--, data += STEP) {
    classes now = {0};
    for (unsigned at = 0; at < STEP; at += sizeof(VECTOR)) {
      const VECTOR byte = LOAD(data + at), before = LOAD(data + at - 1), before2 = LOAD(data + at - 2);
      const VECTOR lower = FILL(0x20), value = MINUS(byte, FILL('0')), space = EQUAL(byte, FILL(' '));
      const VECTOR er = AND(EQUAL(OR(before, lower), FILL('r')), EQUAL(OR(before2, lower), FILL('e')));
      const VECTOR mark = MINUS(byte, FILL('#'));
      const VECTOR dash = EQUAL(byte, FILL('-'));
      now.digit |= BITS(EQUAL(LESS(value, FILL(9)), value)) << at;
      now.letter |= BITS(TWICE(byte)) << at;
      now.separator |= BITS(OR(space, EQUAL(OR(byte, FILL(6)), FILL('/')))) << at;
      now.dash |= BITS(dash) << at;
      now.dot |= BITS(EQUAL(byte, FILL('.'))) << at;
      now.colon |= BITS(EQUAL(byte, FILL(':'))) << at;
      now.equals |= BITS(EQUAL(OR(byte, FILL(3)), FILL('?'))) << at;
      now.sign |= BITS(OR(AND(space, er), EQUAL(byte, FILL('@')))) << at;
      now.escape |=
          BITS(OR(OR(EQUAL(OR(byte, FILL(2)), FILL('^')), EQUAL(byte, FILL(0x1b))), EQUAL(LESS(mark, FILL(3)), mark)))
          << at;
    }
    *marks++ = combine(&now, &here);
  }
  *carry = here;
}

#undef MARK
#undef TARGET
#undef VECTOR
#undef FILL
#undef LOAD
#undef EQUAL
#undef AND
#undef OR
#undef TWICE
#undef MINUS
#undef LESS
#undef BITS
