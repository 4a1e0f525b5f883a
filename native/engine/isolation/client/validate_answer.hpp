// Checks the answer of a runner before any of it is used.
#pragma once

#include <span>
#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"

namespace plughost::isolation {

// Checks the answer of a filter: its ranges must lie in `in`, ascend, and hold whole lines. Returns null, or a text
// that names the broken rule.
const char *validate_answer(const Content &content, const Selection &in, const std::vector<Range> &ranges);

// Checks the answer of a transform. A range may also lie in text `made_text`, whose bytes are `made`; together these
// ranges must hold all of `made`, as whole lines. Each part of `made` must have an origin: the offset in the block of a
// line of `in` that no range holds, which follows all lines that the answer kept or replaced before.
const char *validate_answer(const Content &content, const Selection &in, const std::vector<Range> &ranges,
                            uint32_t made_text, std::span<const uint8_t> made, const std::vector<Origin> &origins);

}  // namespace plughost::isolation
