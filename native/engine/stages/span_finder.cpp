#include "engine/stages/span_finder.hpp"

#include <algorithm>

namespace plughost {

bool SpanFinder::reports_spans(LineKind kind) const {
  const auto stages = stages_for(kind);
  return std::any_of(stages.begin(), stages.end(), [&](const auto &stage) { return stage->reports_spans(kind); });
}

void SpanFinder::find(const plug_lines &lines, uint32_t text, LineKind kind, MergedSpans *spans) const {
  spans->clear();
  // Text n is the arena of stage n - 1, so only the stages from n on get its lines.
  const auto stages = stages_for(kind);
  for (size_t i = text; i < stages.size(); i++)
    if (stages[i]->reports_spans(kind)) (*workers_)[i]->find_spans(*content_, *ctx_, lines, text, kind, spans);
}

}  // namespace plughost
