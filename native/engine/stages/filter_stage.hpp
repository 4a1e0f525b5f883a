// A filter of a run, by the widest call that its plugin offers.
#pragma once

#include <plughost/filter.h>

#include "engine/lines/line_batches.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// The call that is used when `asked` is wanted: a shape that the plugin does not offer is as good as automatic.
Shape shape_of(const plug_filter &calls, Shape asked);

// Whether it tells where in lines it finds what it looks for: a filter in lines that it keeps, an inverted one in those
// that it drops, which may be shown around kept ones.
inline bool filter_reports_spans(const plug_filter &calls, bool invert, LineKind kind) {
  return calls.spans && invert == (kind == LineKind::context);
}

class FilterStage : public LineStage {
 public:
  // `filter`: a copy, which was checked.
  FilterStage(StagePlugin plugin, const plug_filter &filter, bool invert, Shape shape, LineEnd line_end);

  bool ordered() const override { return (calls.flags & PLUG_FILTER_ORDERED) != 0; }
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;
  bool reports_spans(LineKind kind) const override { return filter_reports_spans(calls, invert, kind); }

  const plug_filter calls;
  const bool invert;
  const LineEnd line_end;
};

}  // namespace plughost
