/* Shared code of the exporters that write a row for each line. */
#ifndef SHARED_ROWS_H
#define SHARED_ROWS_H

#include <plughost/exporter.h>

enum { DECIMAL_MAX = 20 }; /* characters of the longest uint64_t */

/* Writes a number and returns its end. */
static inline uint8_t *put_decimal(uint8_t *to, uint64_t number) {
  uint8_t digits[DECIMAL_MAX];
  int count = 0;
  do digits[count++] = (uint8_t)('0' + number % 10);
  while (number /= 10);
  while (count > 0) *to++ = digits[--count];
  return to;
}

/* The columns of a row besides the text of the line. */
typedef struct row_place {
  uint64_t offset; /* of the line in its input, or of the line that it was made of */
  uint64_t number; /* from 1; 0 unless the exporter asks for numbers */
  plug_bytes input_name;
} row_place;

/* Writes one row in a single commit. */
typedef int32_t row_writer(const plug_plugin *plugin, plug_sink *out, row_place place, const uint8_t *data,
                           uint32_t len);

/* Implements plug_exporter.write for an exporter of rows. */
static inline int32_t write_rows(const plug_plugin *plugin, const plug_ctx *ctx, const plug_lines *lines,
                                 uint32_t *taken, plug_sink *out, plug_error *error, row_writer *write_row) {
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_span line = lines->spans[i];
    row_place place = {plug_line_offset(lines, i), 0, {NULL, 0}};
    if (PLUG_HAS(lines, numbers)) place.number = lines->numbers[i];
    if (PLUG_HAS(lines, input_name)) place.input_name = *lines->input_name;
    const int32_t status = write_row(plugin, out, place, lines->block.data + line.offset, line.length);
    if (status >= 0) continue;
    if (status != PLUG_ERROR_AGAIN) return plug_fail(error, status, "the sink did not take a row");
    /* A row that does not fit into an empty sink never fits. */
    if (i == 0) return plug_fail(error, PLUG_ERROR_IO, "the sink has no room for a single row");
    *taken = i;
    return status;
  }
  return PLUG_OK;
}

#endif
