// Functions that find newlines, 64 bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plughost/base.h"

namespace plughost {

// Returns the number of lines in `data`: the newlines, plus one if bytes follow the last newline. [any]
uint64_t count_lines(const uint8_t *data, size_t size);

// Returns the offset after `lines` lines that begin at data[from], at most `size`. [any]
size_t skip_lines(const uint8_t *data, size_t from, size_t size, uint64_t lines);

// Returns the offset after the line that begins at data[at], its newline included. [any]
size_t next_line(const uint8_t *data, size_t at, size_t size);

// Returns the offset of the line before the one that begins at data[at]. `at` must not be 0. [any]
size_t previous_line(const uint8_t *data, size_t at);

// Writes the spans of at most `capacity` lines of data[*from, size) to `spans`, with offsets from data[0]. Moves *from
// to the first line after them, or to `size`. Returns the number of spans. [any]
uint32_t split_lines(const uint8_t *data, size_t *from, size_t size, plug_span *spans, uint32_t capacity);

}  // namespace plughost
