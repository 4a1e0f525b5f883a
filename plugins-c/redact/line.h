/* A line as the finders see it: its characters, one byte each, however they are written (escapes.h). Most lines have no
 * escapes, and are seen as they are. */
#ifndef REDACT_LINE_H
#define REDACT_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "escapes.h"
#include "hits.h"

/* Where a character is in the source that is not right behind the one before it, or longer than a byte. */
typedef struct jump {
  uint32_t at;
  uint32_t source;
  uint32_t len;
} jump;

/* In which strings and brackets of JSON a place is. */
typedef struct nesting {
  size_t at;
  unsigned strings;              /* that are open, one in the other */
  unsigned depth;                /* brackets that are open */
  uint64_t lists;                /* a bit for each of the innermost 64: whether it is [ */
  unsigned outer[HOW_LEVEL + 2]; /* the depth where each string began */
} nesting;

typedef struct line {
  const uint8_t *data; /* borrowed */
  size_t len;
  const uint8_t *how; /* HOW_* of each character; null when all stand for themselves */
  const uint8_t *source;
  size_t source_len;

  /* Up to here each finder has looked, and looks no more. */
  size_t ipv6_done, card_done, token_done, secret_done, at_sign_done;
  size_t run_end; /* of the run in which the last token of JSON could begin */
  /* Of the user before the last @, in whose password the next one may stand. */
  size_t password; /* where it begins, or SIZE_MAX */
  int is_user, has_colon;
  nesting nesting;
  hits hits;

  /* Memory for lines with escapes. */
  uint8_t *text;
  size_t text_capacity;
  jump *jumps;
  size_t jump_count, jump_capacity;
  int has_sequences;
  int is_json; /* it begins and ends as a document does */
} line;

/* Begins with a line as it is. */
void begin_line(line *line, const uint8_t *data, size_t len);

/* Whether a byte of the line begins an escape. */
static inline int has_escape(const uint8_t *data, size_t at, size_t len) {
  const character character = read_character(data, at, len);
  return character.len > 1 || character.how;
}

/* How to take sequences for terminals: as characters that stand between others, or as nothing. */
typedef enum sequences { SEPARATE, VANISH } sequences;

/* Goes over to the characters of the line as it began; what was found stays. Returns 0 when there is no memory. */
int read_escapes(line *line, sequences sequences);

void free_line(line *line);

/* Adds a hit by places of the characters. */
void found(line *line, size_t begin, size_t end, kind kind);

/* Adds a number of JSON, in whose place stands text: with quotes like the one at a place that closes its name, and the
 * one before that where quotes are written twice; or as strings have at a level. */
void found_beside(line *line, size_t begin, size_t end, kind kind, size_t quote, int is_double);
void found_in_list(line *line, size_t begin, size_t end, kind kind, unsigned level);

/* What the nesting is at a place, which is not before the last one asked about. */
const nesting *nesting_at(line *line, size_t at);

/* The byte at a place of the line, or 0 outside of it. */
static inline uint8_t byte_at(const line *line, size_t at) { return at < line->len ? line->data[at] : 0; }
static inline uint8_t byte_before(const line *line, size_t at) { return at > 0 ? line->data[at - 1] : 0; }
static inline uint8_t how_at(const line *line, size_t at) { return line->how && at < line->len ? line->how[at] : 0; }

/* The letter that stands behind a backslash at a place, such as the t of \\t; 0 when none does. */
static inline uint8_t letter_behind_backslash(const line *line, size_t at) {
  return how_at(line, at) & HOW_LETTER ? (uint8_t) "abtnvfr"[line->data[at] - '\a'] : 0;
}

/* Whether a text of lower case stands at a place, in either case. */
int has_text(const line *line, size_t at, const char *text);

/* Where the bytes that fit end, from a place on. */
static inline size_t pass(const line *line, size_t at, int (*fits)(uint8_t)) {
  while (at < line->len && fits(line->data[at])) at++;
  return at;
}

/* Where the bytes that fit begin, before a place. */
static inline size_t pass_back(const line *line, size_t at, int (*fits)(uint8_t)) {
  while (at > 0 && fits(line->data[at - 1])) at--;
  return at;
}

/* Whether a word can begin at a place: no letter or digit stands before it, but for the end of a colour whose ESC was
 * lost. */
int begins_here(const line *line, size_t at);

#endif
