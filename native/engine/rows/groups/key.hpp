// Keys of groups: the values of some columns of a row as bytes whose order is that of the values.
//
// A key is the values one after the other. Null is the byte 0. Any other value begins with its type. Text follows with
// each NUL as 00 FF, and ends with 00. Integers and times are 8 bytes, the highest first, with the sign bit turned;
// reals are their bits in the same way, and turned whole if they are negative. So keys of the same columns compare as
// their values do, null first. State files hold keys in this form.
#pragma once

#include <plughost/columns.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/named_enum.hpp"
#include "engine/plugin/sink.hpp"
#include "engine/rows/rows.hpp"
#include "engine/rows/time/zone.hpp"

namespace plughost {

// The byte that ends a text in a key.
constexpr uint8_t kEndOfText = 0;

// How values are cut into steps.
PLUGHOST_NAMED_ENUM(StepKind,
                    none,   // values are not cut
                    width,  // steps of equal width, from 0 on
                    log2)   // from each power of two to the next; what is not more than 0 is one step

// How a column is cut before it is a key: values of one step are one group, which is named by the step's begin.
struct Step {
  using Kind = StepKind;

  Kind kind = Kind::none;
  int64_t width = 0;  // of a step of integers or times; more than 0
  // Of a step of reals: whole numbers, more than 0, whose quotient is the width. 0.1 is no double, but 1 / 10 is exact.
  double real_width = 0;
  double real_divisor = 1;
  int64_t shift = 0;                 // added to a time before it is cut, so that weeks begin on Mondays
  std::shared_ptr<const Zone> zone;  // by whose clocks times are cut; null: UTC
};

// A column of --by.
struct KeyColumn {
  uint32_t column;  // index among the columns of all readers
  uint32_t type;    // PLUG_TEXT, …
  Step step;
};

// Appends a value, or null, as it stands in keys. Throws std::bad_alloc.
void append_value(uint32_t type, const plug_cell *cell, plug_bytes text, ByteBuffer *key);

// Appends the key of a row. Throws std::bad_alloc.
void append_key(const std::vector<KeyColumn> &by, const Rows &rows, uint32_t row, ByteBuffer *key);

// Reads the values of a key into row `row` of *cells, one column each; text goes to *made. Returns whether the bytes
// are a key of such columns. Throws std::bad_alloc.
bool read_key(const std::vector<KeyColumn> &by, std::span<const uint8_t> key, uint32_t row, Cells *cells,
              ByteBuffer *made);

}  // namespace plughost
