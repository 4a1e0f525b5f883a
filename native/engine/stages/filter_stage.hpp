// A filter in this process, called by scan, match_batch or match.
#pragma once

#include <plughost/filter.h>

#include "engine/lines/line_batches.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// Returns whether the filter reports spans in lines of that kind. A filter reports them in the lines that it keeps. An
// inverted filter reports them in the lines that it drops, which may be shown as context lines.
inline bool filter_reports_spans(const plug_filter &calls, bool invert, LineKind kind) {
  return calls.spans && invert == (kind == LineKind::context);
}

class FilterStage : public LineStage {
 public:
  // `filter` is the engine's own copy of the plugin's struct, already validated.
  FilterStage(StagePlugin plugin, const plug_filter &filter, bool invert, Shape shape, LineEnd line_end);

  bool ordered() const override { return (calls.flags & PLUG_FILTER_ORDERED) != 0; }
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;
  bool reports_spans(LineKind kind) const override { return filter_reports_spans(calls, invert, kind); }

  const plug_filter calls;
  const bool invert;
  const LineEnd line_end;
};

}  // namespace plughost
