#include "line.h"

#include <string.h>

static void restart(line *line) {
  line->ipv6_done = line->card_done = line->token_done = line->secret_done = line->at_sign_done = line->run_end = 0;
  line->password = SIZE_MAX;
  line->is_user = line->has_colon = 0;
  line->nesting.at = 0;
  line->nesting.strings = line->nesting.depth = 0;
  line->nesting.lists = 0;
}

void begin_line(line *line, const uint8_t *data, size_t len) {
  line->data = line->source = data;
  line->len = line->source_len = len;
  line->how = NULL;
  line->has_sequences = 0;
  size_t end = len;
  while (end > 0 && data[end - 1] <= ' ') end--;
  line->is_json = end > 1 && ((data[0] == '{' && data[end - 1] == '}') || (data[0] == '[' && data[end - 1] == ']'));
  line->jump_count = 0;
  restart(line);
  clear_hits(&line->hits);
}

static int reserve(line *line) {
  /* Holds the characters, then the notation of each. */
  if (line->text_capacity < line->source_len) {
    uint8_t *const text = realloc(line->text, 2 * line->source_len);
    if (!text) return 0;
    line->text = text;
    line->text_capacity = line->source_len;
  }
  return 1;
}

static int add_jump(line *line, size_t at, size_t source, size_t len) {
  if (line->jump_count == line->jump_capacity) {
    const size_t capacity = line->jump_capacity ? 2 * line->jump_capacity : 256;
    jump *const jumps = realloc(line->jumps, capacity * sizeof *jumps);
    if (!jumps) return 0;
    line->jumps = jumps;
    line->jump_capacity = capacity;
  }
  line->jumps[line->jump_count++] = (jump){(uint32_t)at, (uint32_t)source, (uint32_t)len};
  return 1;
}

int read_escapes(line *line, sequences sequences) {
  if (!reserve(line)) return 0;
  const uint8_t *const source = line->source;
  const size_t len = line->source_len;
  uint8_t *const text = line->text, *const how = text + line->text_capacity;
  size_t to = 0;
  int behind_nothing = 0; /* the next character does not directly follow the one before it */
  line->jump_count = 0;
  for (size_t at = 0; at < len;) {
    if (!behind_nothing) {
      const size_t begin = at;
      while (at < len && !begins_escape(source[at])) at++;
      memcpy(text + to, source + begin, at - begin);
      memset(how + to, 0, at - begin);
      to += at - begin;
      if (at == len) break;
    }
    const character character = read_character(source, at, len);
    const int is_sequence = character.how & HOW_SEQUENCE;
    line->has_sequences |= is_sequence;
    if (is_sequence && sequences == VANISH) {
      behind_nothing = 1;
    } else {
      if ((character.len > 1 || behind_nothing) && !add_jump(line, to, at, character.len)) return 0;
      behind_nothing = 0;
      how[to] = character.how;
      text[to++] = character.byte;
    }
    at += character.len;
  }
  line->data = text;
  line->how = how;
  line->len = to;
  restart(line);
  return 1;
}

void free_line(line *line) {
  free(line->hits.items);
  free(line->text);
  free(line->jumps);
}

/* Returns the position of a character in the source, and sets *len to its length there. */
static size_t source_of(const line *line, size_t at, size_t *len) {
  *len = 1;
  if (!line->how) return at;
  size_t low = 0, high = line->jump_count; /* the last jump at or before the character has an index below `low` */
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (line->jumps[middle].at <= at) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return at;
  const jump jump = line->jumps[low - 1];
  if (jump.at != at) return jump.source + jump.len + (at - jump.at - 1);
  *len = jump.len;
  return jump.source;
}

static hit hit_of(const line *line, size_t begin, size_t end, kind kind) {
  size_t len;
  hit hit = {.begin = source_of(line, begin, &len), .kind = kind};
  hit.end = source_of(line, end - 1, &len);
  hit.end += len;
  return hit;
}

/* Returns the end of the JSON string that holds a position, or `end` if that comes first. */
static size_t end_of_string(const line *line, size_t at, size_t end) {
  while (at < end) {
    const uint8_t *const quote = memchr(line->data + at, '"', end - at);
    if (!quote) return end;
    at = (size_t)(quote - line->data);
    if (how_at(line, at) == 0) return at;
    at++;
  }
  return end;
}

void found(line *line, size_t begin, size_t end, kind kind) {
  if (line->is_json) {
    /* A finding never goes beyond the string that holds it. */
    end = end_of_string(line, begin, end);
    if (end == begin) return;
  }
  add_hit(&line->hits, hit_of(line, begin, end, kind));
}

void found_beside(line *line, size_t begin, size_t end, kind kind, size_t quote, int is_double) {
  size_t len;
  hit hit = hit_of(line, begin, end, kind);
  const size_t source = source_of(line, quote, &len), after = source + len;
  if (is_double || line->source[after - 1] != '"') {
    /* A quote that is doubled, or written as a number or a name, is copied. */
    hit.quote = is_double ? source_of(line, quote - 1, &len) : source;
    hit.quote_len = after - hit.quote;
  } else {
    /* Other quotes are not copied: the backslashes before them may belong to the name. */
    hit.level = 1 + (how_at(line, quote) & HOW_LEVEL);
  }
  add_hit(&line->hits, hit);
}

void found_in_list(line *line, size_t begin, size_t end, kind kind, unsigned level) {
  hit hit = hit_of(line, begin, end, kind);
  hit.level = level + 1;
  add_hit(&line->hits, hit);
}

static void enter(nesting *nesting, int is_list) {
  nesting->lists = nesting->lists << 1 | (unsigned)is_list;
  nesting->depth++;
}

static void leave(nesting *nesting, unsigned depth) {
  const unsigned levels = nesting->depth - depth;
  nesting->lists = levels < 64 ? nesting->lists >> levels : 0;
  nesting->depth = depth;
}

const nesting *nesting_at(line *line, size_t at) {
  nesting *const nesting = &line->nesting;
  for (; nesting->at < at; nesting->at++) {
    const uint8_t byte = line->data[nesting->at], how = how_at(line, nesting->at);
    const unsigned base = nesting->strings > 0 ? nesting->outer[nesting->strings - 1] : 0;
    if (byte == '[' || byte == '{') {
      enter(nesting, byte == '[');
    } else if ((byte == ']' || byte == '}') && nesting->depth > base) {
      leave(nesting, nesting->depth - 1);
    } else if (byte == '"' && !(how & (HOW_PERCENT | HOW_REFERENCE | HOW_NUMBER))) {
      const unsigned level = how & HOW_LEVEL;
      if (level == nesting->strings) {
        nesting->outer[nesting->strings++] = nesting->depth;
      } else if (level < nesting->strings) {
        nesting->strings = level;
        if (nesting->outer[level] < nesting->depth) leave(nesting, nesting->outer[level]);
      }
    }
  }
  return nesting;
}

int has_text(const line *line, size_t at, const char *text) {
  for (; *text; text++, at++)
    if ((byte_at(line, at) | 0x20) != (uint8_t)*text) return 0;
  return 1;
}

int begins_here(const line *line, size_t at) {
  enum { LONGEST = 20 };
  const uint8_t before = byte_before(line, at);
  if (!is_word(before)) return 1;
  if (before != 'm') return 0;
  size_t from = at - 1;
  while (from > 0 && at - from < LONGEST && (is_digit(line->data[from - 1]) || line->data[from - 1] == ';')) from--;
  return from < at - 1 && byte_before(line, from) == '[';
}
