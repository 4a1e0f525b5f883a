// The answer to a request for spans: for each line a 32-bit count and that many spans, without gaps.
#pragma once

#include <cstdint>
#include <span>

#include "engine/lines/line_batches.hpp"
#include "engine/lines/spans.hpp"

namespace plughost::isolation {

// Returns the bytes of the largest valid answer about a selection.
uint64_t max_spans_answer(const Content &content, const Selection &asked);

// The runner appends the spans of one line. Throws std::bad_alloc.
void put_spans(std::span<const plug_span> spans, ByteBuffer *to);

// The host checks an answer and adds the spans of all lines of `asked` to *found. Returns null, or a text that names
// the broken rule; then *found may have some of the spans. Throws std::bad_alloc.
const char *take_spans(const Content &content, const Selection &asked, LineEnd line_end,
                       std::span<const uint8_t> answer, LineSpans *found);

}  // namespace plughost::isolation
