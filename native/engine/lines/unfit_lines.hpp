// The lines of a block that do not have the format of a parser: Content::unfit.
#pragma once

#include <cstddef>

#include "engine/lines/content.hpp"
#include "engine/lines/selection.hpp"

namespace plughost {

// Forgets the lines from index `from` on that are in `kept`: another stage has kept them.
void forget_kept_lines(size_t from, const Selection &kept, Content *content);

// Forgets the lines after `last`, because a run that has enough lines ends there.
void forget_lines_behind(const Range &last, Content *content);

// Brings the lines into the order of the input, each once.
void sort_unfit_lines(Content *content);

}  // namespace plughost
