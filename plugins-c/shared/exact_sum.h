/* Shared code of the aggregators: the exact sum of numbers, whatever their order.
 *
 * A sum is a fixed-point number in limbs of 32 bits, each in 64 bits with a sign, so that carries can wait. Bit 0 is
 * worth 2^-1088: below the smallest double, and such that whole numbers begin with a limb. The highest double ends at
 * bit 2112, and 2^64 of them at bit 2176. */
#ifndef SHARED_EXACT_SUM_H
#define SHARED_EXACT_SUM_H

#include <plughost/base.h>
#include <string.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum {
  SUM_LIMBS = 69,
  SUM_BYTES = 4 * SUM_LIMBS,
  SUM_ONE = 1088,      /* the bit that is worth 1 */
  SUM_TOP = 2112,      /* the bit above the highest of a finite double */
  SUM_WAITS = 1 << 30, /* numbers that may be added before carries are passed on */
};

typedef struct exact_sum {
  int64_t limbs[SUM_LIMBS];
  uint32_t added; /* since carries were passed on */
} exact_sum;

/* A sum without its sign. */
typedef struct magnitude {
  uint32_t limbs[SUM_LIMBS];
  int negative;
} magnitude;

/* Passes carries on: then all limbs but the highest are from 0 to 2^32 - 1. */
static inline void carry_sum(exact_sum *self) {
  int64_t carry = 0;
  for (int i = 0; i < SUM_LIMBS - 1; i++) {
    const int64_t limb = self->limbs[i] + carry;
    self->limbs[i] = limb & 0xffffffff;
    carry = (limb - self->limbs[i]) / 4294967296;
  }
  self->limbs[SUM_LIMBS - 1] += carry;
  self->added = 0;
}

/* Adds value * 2^(bit - SUM_ONE). */
static inline void add_bits(exact_sum *self, uint128 value, int bit, int negative) {
  if (self->added++ == SUM_WAITS) carry_sum(self);
  int64_t *limb = self->limbs + bit / 32;
  /* A value of 128 bits that is shifted has 5 limbs. */
  const int shift = bit % 32;
  uint64_t low = (uint64_t)(value & 0xffffffff) << shift;
  uint64_t carry = low >> 32;
  for (;;) {
    const int64_t part = (int64_t)(low & 0xffffffff);
    *limb++ += negative ? -part : part;
    value >>= 32;
    if (value == 0 && carry == 0) return;
    low = ((uint64_t)(value & 0xffffffff) << shift) + carry;
    carry = low >> 32;
  }
}

/* Adds a finite double. */
static inline void add_real(exact_sum *self, double real) {
  uint64_t bits;
  memcpy(&bits, &real, sizeof bits);
  const int exponent = (int)(bits >> 52 & 0x7ff);
  const uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
  /* The lowest bit of numbers with the exponents 0 and 1 is worth 2^-1074. */
  add_bits(self, exponent ? fraction | UINT64_C(1) << 52 : fraction, SUM_ONE - 1074 + (exponent ? exponent - 1 : 0),
           (int)(bits >> 63));
}

static inline void add_whole(exact_sum *self, int128 whole) {
  add_bits(self, whole < 0 ? 0 - (uint128)whole : (uint128)whole, SUM_ONE, whole < 0);
}

static inline void add_magnitude(exact_sum *self, const magnitude *other) {
  carry_sum(self);
  for (int i = 0; i < SUM_LIMBS; i++)
    self->limbs[i] += other->negative ? -(int64_t)other->limbs[i] : (int64_t)other->limbs[i];
  carry_sum(self);
}

static inline magnitude magnitude_of(const exact_sum *sum) {
  exact_sum copy = *sum;
  carry_sum(&copy);
  magnitude made = {.negative = copy.limbs[SUM_LIMBS - 1] < 0};
  if (made.negative) {
    for (int i = 0; i < SUM_LIMBS; i++) copy.limbs[i] = -copy.limbs[i];
    carry_sum(&copy);
  }
  for (int i = 0; i < SUM_LIMBS; i++) made.limbs[i] = (uint32_t)copy.limbs[i];
  return made;
}

/* Returns the place of the highest bit that is set, or -1. */
static inline int top_bit(const magnitude *of) {
  for (int i = SUM_LIMBS - 1; i >= 0; i--)
    if (of->limbs[i]) return 32 * i + 31 - __builtin_clz(of->limbs[i]);
  return -1;
}

/* Returns 64 bits from bit `at` on. */
static inline uint64_t bits_at(const magnitude *of, int at) {
  uint128 bits = 0;
  for (int i = 2; i >= 0; i--) {
    const int limb = at / 32 + i;
    bits = bits << 32 | (limb < SUM_LIMBS ? of->limbs[limb] : 0);
  }
  return (uint64_t)(bits >> at % 32);
}

/* Returns whether a bit below `at` is set. */
static inline int has_bits_below(const magnitude *of, int at) {
  for (int i = 0; i < at / 32; i++)
    if (of->limbs[i]) return 1;
  return at % 32 != 0 && (of->limbs[at / 32] & ((1u << at % 32) - 1)) != 0;
}

/* Sets *real to the nearest double; of two, to the one that ends with 0. Returns 0 if there is none. */
static inline int to_nearest_real(const magnitude *of, double *real) {
  const int top = top_bit(of);
  const int smallest = SUM_ONE - 1074; /* the bit of the smallest double */
  uint64_t bits = 0;
  if (top >= 0) {
    const int low = top - 52 > smallest ? top - 52 : smallest; /* the last bit that is kept */
    /* The highest of 53 bits adds one to the exponent; numbers that have fewer have the exponent 0. */
    bits = bits_at(of, low) + ((uint64_t)(low - smallest) << 52);
    const int half = (int)(bits_at(of, low - 1) & 1);
    if (half && ((bits & 1) || has_bits_below(of, low - 1))) bits++;
    if (top >= SUM_TOP || bits >> 52 == 0x7ff) return 0;
  }
  if (of->negative && bits) bits |= UINT64_C(1) << 63;
  memcpy(real, &bits, sizeof *real);
  return 1;
}

/* Divides a sum by a count that is not 0. The lowest bit of the quotient is set if there is a rest. No double has this
 * bit, nor the one that decides how a double is rounded, so to_nearest_real rounds the exact quotient. */
static inline magnitude divide(const magnitude *sum, uint64_t count) {
  magnitude quotient = {.negative = sum->negative};
  uint64_t rest = 0;
  for (int i = top_bit(sum) / 32; i >= 0; i--) {
    const uint128 part = (uint128)rest << 32 | sum->limbs[i];
    quotient.limbs[i] = (uint32_t)(part / count);
    rest = (uint64_t)(part % count);
  }
  quotient.limbs[0] |= rest != 0;
  return quotient;
}

/* Sets *integer to a whole number. Returns 0 if it leaves 64 bits. */
static inline int to_whole(const magnitude *of, int64_t *integer) {
  const uint64_t low = bits_at(of, SUM_ONE);
  if (top_bit(of) >= SUM_ONE + 64 || low > (uint64_t)INT64_MAX + (uint64_t)of->negative) return 0;
  *integer = of->negative ? (int64_t)(0 - low) : (int64_t)low;
  return 1;
}

#endif
