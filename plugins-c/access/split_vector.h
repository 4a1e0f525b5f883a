/* Splits usual lines with vectors. split.c includes this once for each kind of vector and defines:
 *   SPLIT       the function's name            TARGET        attributes for the compiler
 *   VECTOR      the vector's type              FILL(byte)    a vector of equal bytes
 *   LOAD(at)    a vector from any address      EQUAL(a, b), AND(a, b), MINUS(a, b)
 *   LESS(a, b)  the lesser, unsigned, of each  BITS(v)       a bit for each byte that is set, as uint64_t
 *
 * A usual line has no name of a user, a host that ends within 32 bytes, a time of 26 bytes, a status of three digits
 * and no escaped quote. Any other line is split by split_line, which says what the format is. */

#define NAME_(split, part) split##_##part
#define NAME(split, part) NAME_(split, part)
#define QUOTES NAME(SPLIT, quotes)
#define NEXT_QUOTE NAME(SPLIT, next_quote)
#define USUAL NAME(SPLIT, usual)

/* Returns a bit for each of 64 bytes that is a quote. */
TARGET static inline __attribute__((always_inline)) uint64_t QUOTES(const uint8_t *at) {
  uint64_t bits = 0;
  for (unsigned i = 0; i < 64; i += sizeof(VECTOR)) bits |= BITS(EQUAL(LOAD(at + i), FILL('"'))) << i;
  return bits;
}

/* Returns the next quote before `end`, or `end`. */
TARGET static inline __attribute__((always_inline)) const uint8_t *NEXT_QUOTE(quotes *of, const uint8_t *end) {
  while (of->bits == 0) {
    of->at += 64;
    if (of->at >= end) return end;
    of->bits = QUOTES(of->at);
  }
  const uint8_t *const quote = of->at + __builtin_ctzll(of->bits);
  of->bits &= of->bits - 1;
  return quote < end ? quote : end;
}

/* Splits a usual line. Returns 0 if it is none. */
TARGET static inline __attribute__((always_inline)) int USUAL(const uint8_t *block, plug_span line, int tail, part *to,
                                                              uint32_t i) {
  const uint8_t *const host = block + line.offset, *end = host + line.length;
  if (line.length < 40) return 0;
  end -= end[-1] == '\r';

  uint64_t spaces = 0;
  for (unsigned k = 0; k < 32; k += sizeof(VECTOR)) spaces |= BITS(EQUAL(LOAD(host + k), FILL(' '))) << k;
  const uint64_t second = spaces & (spaces - 1);
  if (second == 0) return 0;
  const unsigned of_host = (unsigned)__builtin_ctzll(spaces), ident_end = (unsigned)__builtin_ctzll(second);
  const uint8_t *const user = host + ident_end + 1, *const time = user + 3;
  if (of_host == 0 || ident_end == of_host + 1 || memcmp(user, "- [", 3) != 0) return 0;

  /* `] "` is after 26 bytes without a bracket. The mask also stands for Y and _. */
  uint64_t brackets = 0;
  for (unsigned k = 0; k < 32; k += sizeof(VECTOR))
    brackets |= BITS(EQUAL(AND(LOAD(time + k), FILL(0xf9)), FILL(0x59))) << k;
  if ((brackets & 0x7ffffff) != 1 << 26 || memcmp(time + 26, "] \"", 3) != 0) return 0;

  const uint8_t *const request = time + 29;
  if (request >= end) return 0;
  quotes left = {request, QUOTES(request)};
  const uint8_t *const quote = NEXT_QUOTE(&left, end), *const bytes = quote + 6;
  if (bytes >= end || quote[-1] == '\\' || !is_status(quote)) return 0;

  const VECTOR value = MINUS(LOAD(bytes), FILL('0'));
  unsigned digits = (unsigned)__builtin_ctzll(~BITS(EQUAL(LESS(value, FILL(9)), value)));
  if (digits == 0 && *bytes == '-') digits = 1;
  const uint8_t *const next = (unsigned)(end - bytes) < digits ? end : bytes + digits;
  if (digits == 0 || (next < end && *next != ' ')) return 0;

  if (tail) {
    plug_span referer = {0, MISSING}, agent = referer;
    if (end - next >= 2 && next[1] == '"') {
      NEXT_QUOTE(&left, end);
      const uint8_t *const referer_end = NEXT_QUOTE(&left, end);
      if (referer_end[-1] == '\\') return 0;
      if (end - referer_end >= 3 && referer_end[1] == ' ' && referer_end[2] == '"') {
        referer = span_of(block, next + 2, referer_end);
        NEXT_QUOTE(&left, end);
        const uint8_t *const agent_end = NEXT_QUOTE(&left, end);
        if (agent_end[-1] == '\\') return 0;
        if (agent_end < end) agent = span_of(block, referer_end + 3, agent_end);
      }
    }
    to[REFERER][i] = referer;
    to[AGENT][i] = agent;
  }
  to[HOST][i] = (plug_span){line.offset, of_host};
  to[IDENT][i] = (plug_span){line.offset + of_host + 1, ident_end - of_host - 1};
  to[USER][i] = (plug_span){line.offset + ident_end + 1, 1};
  to[TIME][i] = (plug_span){line.offset + ident_end + 4, 26};
  to[REQUEST][i] = span_of(block, request, quote);
  to[STATUS][i] = (plug_span){(uint32_t)(quote + 2 - block), 3};
  to[BYTES][i] = span_of(block, bytes, next);
  return 1;
}

TARGET uint64_t SPLIT(const uint8_t *block, const plug_span *lines, uint32_t count, int tail, part *to) {
  uint64_t fits = 0;
  for (uint32_t i = 0; i < count; i++)
    if (USUAL(block, lines[i], tail, to, i) || split_line(block, lines[i], tail, to, i)) fits |= UINT64_C(1) << i;
  return fits;
}

#undef NAME_
#undef NAME
#undef QUOTES
#undef NEXT_QUOTE
#undef USUAL
#undef SPLIT
#undef TARGET
#undef VECTOR
#undef FILL
#undef LOAD
#undef EQUAL
#undef AND
#undef MINUS
#undef LESS
#undef BITS
