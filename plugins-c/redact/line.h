/* A line for the finders: its characters, one byte each, with all escapes (escapes.h) resolved. Most lines have no
 * escapes and need no copy. */
#ifndef REDACT_LINE_H
#define REDACT_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "escapes.h"
#include "hits.h"

/* The source position of a character that does not directly follow the one before it, or is longer than a byte. */
typedef struct jump {
  uint32_t at;
  uint32_t source;
  uint32_t len;
} jump;

/* The JSON strings and brackets around a position. */
typedef struct nesting {
  size_t at;
  unsigned strings;              /* that are open, one inside the other */
  unsigned depth;                /* brackets that are open */
  uint64_t lists;                /* a bit for each of the innermost 64 brackets: 1 for [ */
  unsigned outer[HOW_LEVEL + 2]; /* the depth at the start of each open string */
} nesting;

typedef struct line {
  const uint8_t *data; /* borrowed */
  size_t len;
  const uint8_t *how; /* HOW_* of each character; null for a line without escapes */
  const uint8_t *source;
  size_t source_len;

  /* The end of what each finder has searched. It does not search that again. */
  size_t ipv6_done, card_done, token_done, secret_done, at_sign_done;
  size_t run_end; /* the end of the run that was searched for a JSON web token */
  /* Of the last @: its user may have a password that holds the next @. */
  size_t password; /* the start of that password, or SIZE_MAX */
  int is_user, has_colon;
  nesting nesting;
  hits hits;

  /* Buffers for lines with escapes. */
  uint8_t *text;
  size_t text_capacity;
  jump *jumps;
  size_t jump_count, jump_capacity;
  int has_sequences;
  int is_json; /* the line begins and ends like a JSON document */
} line;

/* Starts with a line, without resolving escapes. */
void begin_line(line *line, const uint8_t *data, size_t len);

/* Returns whether any byte of the line begins an escape. */
static inline int has_escape(const uint8_t *data, size_t at, size_t len) {
  const character character = read_character(data, at, len);
  return character.len > 1 || character.how;
}

/* How to read terminal sequences: as a character between others, or as nothing. */
typedef enum sequences { SEPARATE, VANISH } sequences;

/* Resolves the escapes of the line and keeps the hits so far. Returns 0 without memory. */
int read_escapes(line *line, sequences sequences);

void free_line(line *line);

/* Adds a hit, given by positions of characters. */
void found(line *line, size_t begin, size_t end, kind kind);

/* Adds a JSON number, whose replacement is a text and needs quotes: quotes like the one at a position, which closes its
 * name (with the one before it where quotes are doubled), or the quotes of a string at a level. */
void found_beside(line *line, size_t begin, size_t end, kind kind, size_t quote, int is_double);
void found_in_list(line *line, size_t begin, size_t end, kind kind, unsigned level);

/* Returns the nesting at a position. Positions of later calls must not be smaller. */
const nesting *nesting_at(line *line, size_t at);

/* Returns the byte at a position of the line, or 0 outside of it. */
static inline uint8_t byte_at(const line *line, size_t at) { return at < line->len ? line->data[at] : 0; }
static inline uint8_t byte_before(const line *line, size_t at) { return at > 0 ? line->data[at - 1] : 0; }
static inline uint8_t how_at(const line *line, size_t at) { return line->how && at < line->len ? line->how[at] : 0; }

/* Returns the letter of an escape at a position, such as the t of \\t, or 0. */
static inline uint8_t letter_behind_backslash(const line *line, size_t at) {
  return how_at(line, at) & HOW_LETTER ? (uint8_t) "abtnvfr"[line->data[at] - '\a'] : 0;
}

/* Returns whether a lower-case text stands at a position, in any case. */
int has_text(const line *line, size_t at, const char *text);

/* Returns the end of the matching bytes that start at a position. */
static inline size_t pass(const line *line, size_t at, int (*fits)(uint8_t)) {
  while (at < line->len && fits(line->data[at])) at++;
  return at;
}

/* Returns the start of the matching bytes that end at a position. */
static inline size_t pass_back(const line *line, size_t at, int (*fits)(uint8_t)) {
  while (at > 0 && fits(line->data[at - 1])) at--;
  return at;
}

/* Returns whether a word can begin at a position: no letter or digit stands before it, except the end of a colour
 * sequence that has lost its ESC. */
int begins_here(const line *line, size_t at);

#endif
