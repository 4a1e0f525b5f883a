// Calls plug_filter.spans and checks what the filter reports.
#pragma once

#include <plughost/filter.h>

#include <cstdint>

#include "engine/lines/line_batches.hpp"
#include "engine/lines/spans.hpp"
#include "engine/plugin/sink.hpp"
#include "engine/stages/plugin_call.hpp"

namespace plughost {

// Finds the spans of one filter for one worker. One thread at a time uses an object.
class FilterSpans {
 public:
  // `plugin`, `calls` and `state` must outlive the object.
  FilterSpans(const StagePlugin &plugin, const plug_filter &calls, const WorkerState &state, LineEnd line_end)
      : plugin_(plugin), calls_(calls), state_(state), line_end_(line_end) {}

  // Adds the filter's spans in lines of one text to *spans. Calls plug_filter.spans, which must not be null. Throws
  // StageFailure, StageCancelled, std::bad_alloc.
  void find(const Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, MergedSpans *spans);

 private:
  void find_in_line(const Content &content, const plug_ctx &ctx, const plug_lines &lines, plug_span line,
                    uint32_t text);

  const StagePlugin &plugin_;
  const plug_filter &calls_;
  const WorkerState &state_;
  const LineEnd line_end_;
  MemorySink sink_;  // spans of the current line, as the filter writes them
  LineSpans found_;  // checked spans of the lines so far
};

}  // namespace plughost
