// Whether the answer of a runner can be: nothing of it is used before.
#pragma once

#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"

namespace plughost::isolation {

// The rule that the ranges break, or null: each lies in `in`, behind the one before it, and holds whole lines.
const char *validate_answer(const Content &content, const Selection &in, const std::vector<Range> &ranges);

// The same for a transform, whose ranges may also lie in what it made: whole lines, in parts that have an origin. Each
// origin is the place of a line of `in`, which is in no range and behind every line that was kept or changed before it.
const char *validate_answer(const Content &content, const Selection &in, const std::vector<Range> &ranges,
                            uint32_t made_text, std::span<const uint8_t> made, const std::vector<Origin> &origins);

}  // namespace plughost::isolation
