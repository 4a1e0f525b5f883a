// Finding newlines, many bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "plughost/base.h"

namespace plughost {

// The number of lines in `data`: its newlines, and one more when something follows the last of them. [any]
uint64_t count_lines(const uint8_t *data, size_t size);

// Where line number `lines`, counted from 1, ends in data[from, size), its newline included; it must be there. [any]
size_t skip_lines(const uint8_t *data, size_t from, size_t size, uint64_t lines);

// Where the line that begins at data[at] is over, its newline included. [any]
size_t next_line(const uint8_t *data, size_t at, size_t size);

// Where the line before the one that begins at data[at] begins; there must be one. [any]
size_t previous_line(const uint8_t *data, size_t at);

// Writes the spans of the lines in data[*from, size) to `spans`, offsets counted from data[0], at most `capacity` of
// them; moves *from to the start of the first line that is not among them, or to `size`. Returns their number. [any]
uint32_t split_lines(const uint8_t *data, size_t *from, size_t size, plug_span *spans, uint32_t capacity);

}  // namespace plughost
