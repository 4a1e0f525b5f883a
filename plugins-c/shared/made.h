/* Shared code of the parsers: text that stands in no line. */
#ifndef SHARED_MADE_H
#define SHARED_MADE_H

#include <plughost/parser.h>
#include <string.h>

/* What a call of parse has made. */
typedef struct made_text {
  plug_sink *sink;
  uint64_t block; /* bytes of the block, behind which the offsets of made text begin */
  uint64_t length;
} made_text;

/* Makes room for a text. Returns null if there is none. */
static inline uint8_t *make_room(const made_text *made, uint64_t length) {
  if (made->block + made->length + length > UINT32_MAX) return NULL;
  return made->sink->reserve(made->sink, length);
}

/* Ends a text in the room that make_room returned, and sets *span to it. Returns PLUG_OK or an error. */
static inline int32_t end_text(made_text *made, uint64_t length, plug_span *span) {
  const int32_t status = made->sink->commit(made->sink, length);
  if (status != PLUG_OK) return status;
  *span = (plug_span){(uint32_t)(made->block + made->length), (uint32_t)length};
  made->length += length;
  return PLUG_OK;
}

/* Makes a copy of a text, and sets *span to it. Returns PLUG_OK or an error. */
static inline int32_t make_text(made_text *made, const void *text, uint64_t length, plug_span *span) {
  uint8_t *const room = make_room(made, length);
  if (!room) return PLUG_ERROR_NOMEM;
  memcpy(room, text, length);
  return end_text(made, length, span);
}

#endif
