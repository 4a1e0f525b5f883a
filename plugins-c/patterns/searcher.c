#if defined(__linux__)
#define _GNU_SOURCE /* memrchr */
#endif
#include <plughost/filter.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/utf8.h"
#include "matcher.h"

/* Hyperscan reports every end of every match, in any order. That is cheap while matches are rare. In a block with more
 * than CALLS of them it is faster to search each line by itself, because such a search stops at the first match. */
enum {
  CALLS = PIECE / 128,
  PATIENCE = 64 /* the most pieces to search line by line before the next try with a block */
};

/* A line with a match. */
typedef struct hit {
  uint32_t begin;
  uint32_t end;
  uint32_t sure; /* 0: a candidate */
} hit;

struct searcher {
  const matcher *matcher;
  hs_scratch_t *scratch;
  uint8_t *mended; /* a copy of a line as valid UTF-8 */
  size_t mended_capacity;
  uint32_t patience; /* the length of the current pause between blocks; 0 after a block that went well */
  uint32_t by_lines; /* pieces that remain of the pause */
  uint8_t *seen;     /* for each pattern: 1 if it is in `which` */
  uint32_t *which;   /* the patterns that match a line */
  uint32_t which_count;
  uint32_t *first; /* for each position in a line: 1 + the first pattern that begins there, or 0 */
  size_t first_capacity;
  /* The block in work and the matches that Hyperscan has reported in it. */
  const uint8_t *block;
  uint32_t block_len;
  uint32_t calls;
  uint32_t hit_count;
  int ordered;
  hit hits[CALLS]; /* offsets in the block */
  /* The result: offsets in the piece. */
  uint32_t line_count;
  plug_span lines[PIECE];
};

searcher *searcher_new(const matcher *matcher) {
  searcher *const self = malloc(sizeof *self);
  if (!self) return NULL;
  /* Does not clear the large arrays, so that pages of them that stay unused take no memory. */
  self->scratch = NULL;
  self->mended = NULL;
  self->mended_capacity = 0;
  self->first = NULL;
  self->first_capacity = 0;
  self->patience = self->by_lines = 0;
  self->matcher = matcher;
  self->seen = calloc(matcher->count + 1, sizeof *self->seen);
  self->which = malloc((matcher->count + 1) * sizeof *self->which);
  if (!self->seen || !self->which) {
    searcher_free(self);
    return NULL;
  }
  if (matcher->scratch && hs_clone_scratch(matcher->scratch, &self->scratch) != HS_SUCCESS) {
    searcher_free(self);
    return NULL;
  }
  return self;
}

void searcher_free(searcher *self) {
  hs_free_scratch(self->scratch);
  free(self->mended);
  free(self->seen);
  free(self->which);
  free(self->first);
  free(self);
}

static int stop(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
  return (void)id, (void)from, (void)to, (void)flags, (void)context, 1;
}

static int32_t status_of(hs_error_t answer) {
  if (answer == HS_SUCCESS) return 0;
  if (answer == HS_SCAN_TERMINATED) return 1;
  return answer == HS_NOMEM ? PLUG_ERROR_NOMEM : PLUG_ERROR_INTERNAL;
}

/* Returns a copy of the line with invalid UTF-8 replaced, or null without memory. */
static const uint8_t *mend(searcher *self, const uint8_t *data, size_t *len) {
  if (self->mended_capacity < 3 * *len) {
    free(self->mended);
    self->mended_capacity = 3 * *len;
    self->mended = malloc(self->mended_capacity);
    if (!self->mended) self->mended_capacity = 0;
  }
  if (self->mended) *len = utf8_mend(data, *len, self->mended);
  return self->mended;
}

static int32_t search(searcher *self, const uint8_t *data, size_t len, match_event_handler on_match) {
  const matcher *const matcher = self->matcher;
  if (!matcher->database) return 0;
  if (matcher->characters && !is_utf8(data, len)) data = mend(self, data, &len);
  if (len > UINT32_MAX || (!data && len > 0)) return PLUG_ERROR_NOMEM;
  const char *const text = len > 0 ? (const char *)data : "";
  return status_of(hs_scan(matcher->database, text, (unsigned)len, 0, self->scratch, on_match, self));
}

int32_t search_line(searcher *self, const uint8_t *data, size_t len) { return search(self, data, len, stop); }

static int note(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
  (void)from, (void)to, (void)flags;
  searcher *const self = context;
  if (!self->seen[id]) self->which[self->which_count++] = id;
  self->seen[id] = 1;
  return 0;
}

static int by_number(const void *left, const void *right) {
  const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

int64_t search_line_for_all(searcher *self, const uint8_t *data, size_t len, const uint32_t **which) {
  self->which_count = 0;
  const int32_t status = search(self, data, len, note);
  for (uint32_t i = 0; i < self->which_count; i++) self->seen[self->which[i]] = 0;
  qsort(self->which, self->which_count, sizeof *self->which, by_number);
  *which = self->which;
  return status < 0 ? status : (int64_t)self->which_count;
}

static int note_first(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
  (void)from, (void)flags;
  searcher *const self = context;
  uint32_t *const first = &self->first[to - self->matcher->lengths[id]];
  if (*first == 0 || *first > id + 1) *first = id + 1;
  return 0;
}

int32_t search_line_for_places(searcher *self, const uint8_t *data, size_t len, plug_sink *out) {
  if (!self->matcher->lengths) return PLUG_OK;
  if (self->first_capacity <= len) {
    free(self->first);
    self->first = malloc((len + 1) * sizeof *self->first);
    self->first_capacity = self->first ? len + 1 : 0;
    if (!self->first) return PLUG_ERROR_NOMEM;
  }
  memset(self->first, 0, (len + 1) * sizeof *self->first);
  int32_t status = search(self, data, len, note_first);
  size_t end = SIZE_MAX; /* of the last span */
  for (size_t at = 0; status >= 0 && at <= len;) {
    const uint64_t length = self->first[at] > 0 ? self->matcher->lengths[self->first[at] - 1] : 0;
    /* The empty text matches everywhere except at the end of the last span. */
    if (self->first[at] > 0 && (length > 0 || at != end)) {
      status = plug_put_span(out, at, length);
      end = at + (size_t)length;
    }
    at += length > 0 ? (size_t)length : 1;
  }
  return status < 0 ? status : PLUG_OK;
}

/* Returns the start of the line that holds data[at] or ends there. */
static uint32_t line_begin(const uint8_t *data, uint32_t at) {
#if defined(__linux__)
  const uint8_t *const newline = memrchr(data, '\n', at);
  return newline ? (uint32_t)(newline - data) + 1 : 0;
#else
  while (at > 0 && data[at - 1] != '\n') at--;
  return at;
#endif
}

static uint32_t line_end(const uint8_t *data, size_t len, uint32_t at) {
  const uint8_t *const newline = memchr(data + at, '\n', len - at);
  return (uint32_t)(newline ? (size_t)(newline - data) : len);
}

size_t piece_end(const uint8_t *data, size_t len) {
  if (len <= PIECE) return len;
  const uint32_t end = line_begin(data, PIECE);
  if (end > 0) return end;
  const size_t stop = line_end(data, len, PIECE);
  return stop < len ? stop + 1 : len;
}

/* Adds the line in which a match ends. `to` is the end of the match; at a newline it belongs to the line before. The
 * same holds for an empty match. A match that began in an earlier line is only a candidate. */
static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
  (void)from, (void)flags;
  searcher *const self = context;
  const uint32_t sure = !self->matcher->candidates[id], at = (uint32_t)to;
  if (++self->calls > CALLS) return 1;
  if (self->hit_count > 0) {
    hit *const last = &self->hits[self->hit_count - 1];
    if (at >= last->begin && at <= last->end) {
      last->sure |= sure;
      return 0;
    }
    if (at < last->begin) self->ordered = 0;
  }
  /* There is no line after the last newline. */
  if (at == self->block_len && at > 0 && self->block[at - 1] == '\n') return 0;
  self->hits[self->hit_count++] = (hit){line_begin(self->block, at), line_end(self->block, self->block_len, at), sure};
  return 0;
}

static int by_begin(const void *left, const void *right) {
  const uint32_t a = ((const hit *)left)->begin, b = ((const hit *)right)->begin;
  return (a > b) - (a < b);
}

static void put_in_order(searcher *self) {
  qsort(self->hits, self->hit_count, sizeof *self->hits, by_begin);
  uint32_t last = 0;
  for (uint32_t i = 1; i < self->hit_count; i++) {
    if (self->hits[i].begin == self->hits[last].begin) {
      self->hits[last].sure |= self->hits[i].sure;
    } else {
      self->hits[++last] = self->hits[i];
    }
  }
  self->hit_count = last + 1;
}

/* Searches the line piece[begin, end) and adds it to the result if it matches. */
static int32_t ask_line(searcher *self, const uint8_t *piece, uint32_t begin, uint32_t end) {
  const int32_t found = search_line(self, piece + begin, end - begin);
  if (found > 0) self->lines[self->line_count++] = (plug_span){begin, end - begin};
  return found;
}

static int32_t ask_lines(searcher *self, const uint8_t *piece, uint32_t from, uint32_t to) {
  for (uint32_t begin = from, end; begin < to; begin = end + 1) {
    end = line_end(piece, to, begin);
    const int32_t found = ask_line(self, piece, begin, end);
    if (found < 0) return found;
  }
  return PLUG_OK;
}

/* Adds the hits to the result, and candidates only if a search of their line matches. */
static int32_t confirm(searcher *self, const uint8_t *piece, uint32_t from) {
  if (!self->ordered) put_in_order(self);
  for (uint32_t i = 0; i < self->hit_count; i++) {
    const uint32_t begin = from + self->hits[i].begin, end = from + self->hits[i].end;
    if (self->hits[i].sure) {
      self->lines[self->line_count++] = (plug_span){begin, end - begin};
      continue;
    }
    const int32_t found = ask_line(self, piece, begin, end);
    if (found < 0) return found;
  }
  return PLUG_OK;
}

/* Searches the lines piece[from, to) as one block, or line by line if that has too many matches. */
static int32_t search_block(searcher *self, const uint8_t *piece, uint32_t from, uint32_t to) {
  if (from == to) return PLUG_OK;
  self->block = piece + from;
  self->block_len = to - from;
  self->calls = self->hit_count = 0;
  self->ordered = 1;
  const int32_t status = status_of(
      hs_scan(self->matcher->database, (const char *)self->block, self->block_len, 0, self->scratch, on_match, self));
  if (status < 0) return status;
  if (status == 0) {
    self->patience = 0;
    return confirm(self, piece, from);
  }
  self->patience = self->patience == 0 ? 1 : self->patience < PATIENCE ? 2 * self->patience : PATIENCE;
  self->by_lines = self->patience;
  return ask_lines(self, piece, from, to);
}

/* Searches lines of valid UTF-8 as blocks, and each other line by itself. */
static int32_t search_characters(searcher *self, const uint8_t *piece, uint32_t len) {
  for (uint32_t from = 0; from < len;) {
    const uint32_t valid = from + (uint32_t)utf8_prefix(piece + from, len - from);
    if (valid == len) return search_block(self, piece, from, len);
    const uint32_t begin = line_begin(piece, valid), end = line_end(piece, len, valid);
    int32_t status = search_block(self, piece, from, begin);
    if (status >= 0) status = ask_line(self, piece, begin, end);
    if (status < 0) return status;
    from = end + 1;
  }
  return PLUG_OK;
}

int64_t search_piece(searcher *self, const uint8_t *data, size_t len, const plug_span **lines) {
  const matcher *const matcher = self->matcher;
  *lines = self->lines;
  self->line_count = 0;
  if (!matcher->database) return 0;
  int32_t status;
  if (matcher->text_anchors || self->by_lines > 0) {
    if (self->by_lines > 0) self->by_lines--;
    status = ask_lines(self, data, 0, (uint32_t)len);
  } else if (matcher->characters) {
    status = search_characters(self, data, (uint32_t)len);
  } else {
    status = search_block(self, data, 0, (uint32_t)len);
  }
  return status < 0 ? status : (int64_t)self->line_count;
}
