// The lines of a block that a parser skipped: Content::skipped.
#pragma once

#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"

namespace plughost {

// Adds a line that `parser` skipped.
void add_skipped_line(Range line, const void *parser, Content *content);

// Writes the lines of `in`, and those that `parser` skipped and that are not in it, to *out in the order of the input.
// Writes the latter also to *added.
void insert_skipped_lines(const Content &content, const Selection &in, const void *parser, Selection *out,
                          std::vector<Range> *added);

}  // namespace plughost
