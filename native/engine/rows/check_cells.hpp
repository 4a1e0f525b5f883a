// What is checked of cells that a plugin filled.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/rows/parser.hpp"
#include "engine/rows/row_batch.hpp"
#include "engine/rows/schema.hpp"

namespace plughost {

// Checks the rows of a parser, and makes the cells of lines without a row null. Returns the rule that the parser
// broke, or null. `made` is the number of bytes that it wrote. [any]
const char *broken_rule_of_rows(const plug_lines &lines, const Schema &wanted, Cells *cells, const Verdicts &verdicts,
                                size_t made);

// Does the same for the results of an aggregator. [any]
const char *broken_rule_of_results(uint32_t count, const Schema &outputs, Cells *cells, size_t made);

}  // namespace plughost
