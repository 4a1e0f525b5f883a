// Collects the spans of all filters of a run in the lines that are shown.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "engine/lines/spans.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// Used by the thread that prints, in output order, one thread at a time. Filters report spans only for lines that are
// shown.
class SpanFinder {
 public:
  explicit SpanFinder(const std::vector<std::unique_ptr<LineStage>> &stages) : stages_(stages) {}

  // Returns whether any filter reports spans in lines of that kind.
  bool reports_spans(LineKind kind) const;
  // Uses the stages of this thread, and this content, until the next call. All three must live that long.
  void use(std::vector<std::unique_ptr<LineWorker>> *workers, const plug_ctx &ctx, Content *content) {
    workers_ = workers;
    ctx_ = &ctx;
    content_ = content;
  }
  // Writes the spans of lines of one text to *spans. Only stages after the one that wrote the text see its lines, and
  // only the first stage sees context lines: no plugin may see a line that an earlier stage dropped. Throws
  // StageFailure, StageCancelled, std::bad_alloc.
  void find(const plug_lines &lines, uint32_t text, LineKind kind, MergedSpans *spans) const;

 private:
  std::span<const std::unique_ptr<LineStage>> stages_for(LineKind kind) const {
    return std::span(stages_).first(kind == LineKind::context ? std::min<size_t>(stages_.size(), 1) : stages_.size());
  }

  const std::vector<std::unique_ptr<LineStage>> &stages_;
  std::vector<std::unique_ptr<LineWorker>> *workers_ = nullptr;
  const plug_ctx *ctx_ = nullptr;
  Content *content_ = nullptr;
};

}  // namespace plughost
