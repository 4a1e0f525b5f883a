#include "replace.h"

#include <string.h>

#include "finders/finders.h"

static uint8_t *put(uint8_t *to, const uint8_t *data, size_t len) {
  if (len > 0) memcpy(to, data, len);
  return to + len;
}

/* Copies the terminal sequences of a range to `to`, unless it is null. Returns their length. */
static size_t put_sequences(uint8_t *to, const line *line, size_t begin, size_t end) {
  size_t size = 0;
  if (!line->has_sequences) return 0;
  for (size_t at = begin; at < end;) {
    const character character = read_character(line->source, at, line->source_len);
    if (character.how & HOW_SEQUENCE) {
      if (to) memcpy(to + size, line->source + at, character.len);
      size += character.len;
    }
    at += character.len;
  }
  return size;
}

/* Writes the quote of a hit to `to`, unless it is null. Returns its length. */
static size_t put_quote(uint8_t *to, const line *line, const hit *hit) {
  if (hit->quote_len > 0) {
    if (to) memcpy(to, line->source + hit->quote, hit->quote_len);
    return hit->quote_len;
  }
  if (hit->level == 0) return 0;
  const size_t backslashes = ((size_t)1 << (hit->level - 1)) - 1;
  if (to) {
    memset(to, '\\', backslashes);
    to[backslashes] = '"';
  }
  return backslashes + 1;
}

/* Writes the line with its hits replaced and a newline, and sets *length to its number of bytes. */
static int32_t write_line(const rules *rules, line *line, uint32_t *length, plug_sink *out) {
  hits *const hits = &line->hits;
  if (hits->no_memory) return PLUG_ERROR_NOMEM;
  merge_hits(hits);
  uint64_t size = line->source_len + 1;
  for (size_t i = 0; i < hits->count; i++) {
    const hit *const hit = &hits->items[i];
    size += rules->replacements[hit->kind].len + 2 * put_quote(NULL, line, hit) +
            put_sequences(NULL, line, hit->begin, hit->end);
    /* Separate from the sum above, which must not become negative: size_t may have 32 bits. */
    size -= hit->end - hit->begin;
  }
  if (size >= PLUG_TRANSFORM_SAME) return PLUG_ERROR_NOMEM;
  uint8_t *const room = out->reserve(out, size);
  if (!room) return PLUG_ERROR_NOMEM;
  uint8_t *to = room;
  size_t from = 0;
  for (size_t i = 0; i < hits->count; i++) {
    const hit *const hit = &hits->items[i];
    to = put(to, line->source + from, hit->begin - from);
    to += put_quote(to, line, hit);
    to = put(to, rules->replacements[hit->kind].text, rules->replacements[hit->kind].len);
    to += put_quote(to, line, hit);
    to += put_sequences(to, line, hit->begin, hit->end);
    from = hit->end;
  }
  to = put(to, line->source + from, line->source_len - from);
  *to = '\n';
  *length = (uint32_t)size;
  return out->commit(out, size);
}

/* For each mark all bits if a kind needs it, else none. */
static marks masks_of(uint32_t kinds) {
  const uint64_t all = UINT64_MAX;
  const int token = kinds >> TOKEN & 1, secret = kinds >> SECRET & 1, email = kinds >> EMAIL & 1;
  return (marks){.ipv4 = kinds >> IPV4 & 1 ? all : 0,
                 .ipv6 = kinds >> IPV6 & 1 ? all : 0,
                 .name = secret ? all : 0,
                 .flag = secret || token ? all : 0,
                 .sign = secret || token || email ? all : 0,
                 .run = token ? all : 0,
                 .card = kinds >> CARD & 1 ? all : 0,
                 .escape = all};
}

/* Removes the marks that no kind needs. Returns the bytes that are still marked. */
static inline uint64_t narrow(marks *marks, const struct marks *masks) {
  marks->ipv4 &= masks->ipv4;
  marks->ipv6 &= masks->ipv6;
  marks->name &= masks->name;
  marks->flag &= masks->flag;
  marks->sign &= masks->sign;
  marks->run &= masks->run;
  marks->card &= masks->card;
  return marks->ipv4 | marks->ipv6 | marks->name | marks->flag | marks->sign | marks->run | marks->card | marks->escape;
}

/* Calls the finders for a marked byte of the line. `bit` is its bit in the marks. */
static void look_at(line *line, size_t at, const marks *marks, uint64_t bit, uint32_t kinds) {
  if (marks->name & bit) find_secret(line, at);
  if (marks->ipv6 & bit) find_ipv6(line, at);
  if (marks->ipv4 & bit) find_ipv4(line, at);
  if (marks->card & bit) find_cards(line, at);
  if (marks->run & bit) find_token(line, at);
  if (marks->flag & bit) {
    if (kinds >> TOKEN & 1) find_private_key(line, at);
    if (kinds >> SECRET & 1) find_flag(line, at);
  }
  if (!(marks->sign & bit)) return;
  if (kinds >> EMAIL & 1) find_email(line, at);
  if (kinds >> SECRET & 1) find_userinfo(line, at);
  if (kinds >> TOKEN & 1) find_bearer(line, at);
}

enum { STEPS = 16 };

/* Marks the bytes that start at a position. Returns the number of steps. */
static size_t mark_from(const rules *rules, const uint8_t *data, size_t at, size_t len, carry *carry,
                        marks marks[STEPS]) {
  uint8_t copy[BEFORE + STEP];
  const size_t left = len - at;
  size_t steps = left / STEP < STEPS ? left / STEP : STEPS;
  data += at;
  if (at == 0 || steps == 0) {
    /* The plugin must not read before the first or after the last byte, so it copies the ends. */
    memset(copy, 0, sizeof copy);
    if (at > 0) memcpy(copy, data - BEFORE, BEFORE);
    memcpy(copy + BEFORE, data, left < STEP ? left : STEP);
    data = copy + BEFORE;
    steps = 1;
  }
  rules->mark(data, steps, carry, marks);
  return steps;
}

/* Searches all characters of one line. */
static void look_through(const rules *rules, line *line) {
  const struct marks masks = masks_of(rules->kinds);
  marks marks[STEPS];
  carry carry = {0};
  for (size_t at = 0; at < line->len;) {
    const size_t steps = mark_from(rules, line->data, at, line->len, &carry, marks);
    for (size_t step = 0; step < steps; step++, at += STEP) {
      marks[step].escape = 0;
      for (uint64_t bits = narrow(&marks[step], &masks); bits; bits &= bits - 1)
        look_at(line, at + (size_t)__builtin_ctzll(bits), &marks[step], bits & -bits, rules->kinds);
    }
  }
}

/* Searches a line with escapes. Terminal sequences may stand between words or inside a word, so it searches a line with
 * such sequences both ways. */
static void look_through_escapes(const rules *rules, line *line) {
  clear_hits(&line->hits);
  for (int sequences = SEPARATE; sequences <= VANISH; sequences++) {
    if (!read_escapes(line, sequences)) {
      line->hits.no_memory = 1;
      return;
    }
    look_through(rules, line);
    if (!line->has_sequences) return;
  }
}

int32_t replace_in(const rules *rules, line *line, const stretch *stretch, plug_sink *out) {
  const struct marks masks = masks_of(rules->kinds);
  marks marks[STEPS];
  carry carry = {0};
  uint32_t current = UINT32_MAX; /* no line has had a mark yet */
  size_t begin = 0, end = 0;     /* of the line */
  size_t done = 0;               /* everything before this is searched */
  begin_line(line, stretch->data, 0);
  for (size_t at = 0; at < stretch->len;) {
    const size_t steps = mark_from(rules, stretch->data, at, stretch->len, &carry, marks);
    for (size_t step = 0; step < steps; step++, at += STEP) {
      for (uint64_t bits = narrow(&marks[step], &masks); bits; bits &= bits - 1) {
        const size_t place = at + (size_t)__builtin_ctzll(bits);
        const uint64_t bit = bits & -bits;
        if (place < done) continue;
        if (place >= end) {
          if (line->hits.count > 0 || line->hits.no_memory) {
            const int32_t status = write_line(rules, line, &stretch->lengths[current], out);
            if (status < 0) return status;
          }
          do {
            current++;
            begin = stretch->lines[current].offset - stretch->first;
            end = begin + stretch->lines[current].length;
          } while (end <= place);
          begin_line(line, stretch->data + begin, end - begin);
        }
        if (!(marks[step].escape & bit)) {
          look_at(line, place - begin, &marks[step], bit, rules->kinds);
        } else if (has_escape(line->data, place - begin, line->len)) {
          look_through_escapes(rules, line);
          done = end;
        }
      }
    }
  }
  if (line->hits.count == 0 && !line->hits.no_memory) return PLUG_OK;
  return write_line(rules, line, &stretch->lengths[current], out);
}
