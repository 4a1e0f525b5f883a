// The answer to a request for spans: for each line a count of 32 bits and so many spans, one behind the other.
#pragma once

#include <cstdint>
#include <span>

#include "engine/lines/line_batches.hpp"
#include "engine/lines/spans.hpp"

namespace plughost::isolation {

// Bytes of the largest answer about a selection.
uint64_t max_spans(const Content &content, const Selection &asked);

// Appends the spans of one line. Throws std::bad_alloc.
void put_spans(std::span<const plug_span> spans, ByteBuffer *to);

// Adds the spans of the lines that were asked about to *found, and gives null; or the rule that the answer breaks, and
// then some of them may have been added. Throws std::bad_alloc.
const char *take_spans(const Content &content, const Selection &asked, LineEnd line_end,
                       std::span<const uint8_t> answer, LineSpans *found);

}  // namespace plughost::isolation
