// Asks the filters of a run where in lines they find what they look for.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "engine/lines/spans.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// For the thread that prints, in the order of the output: lines are asked about only when they are shown.
class SpanFinder {
 public:
  explicit SpanFinder(const std::vector<std::unique_ptr<LineStage>> &stages) : stages_(stages) {}

  // Whether a filter tells anything of lines of that kind.
  bool reports_spans(LineKind kind) const;
  // From now on this thread's workers of the stages are asked, about lines of this content.
  void use(std::vector<std::unique_ptr<LineWorker>> *workers, const plug_ctx &ctx, Content *content) {
    workers_ = workers;
    ctx_ = &ctx;
    content_ = content;
  }
  // Puts the places in lines of one text into *places. Lines that a stage made are known to the stages behind it alone,
  // and lines around kept ones to the first stage: a plugin is shown no line that a stage before it dropped. Throws
  // StageFailure, StageCancelled, std::bad_alloc.
  void find(const plug_lines &lines, uint32_t text, LineKind kind, MergedSpans *spans) const;

 private:
  std::span<const std::unique_ptr<LineStage>> asked(LineKind kind) const {
    return std::span(stages_).first(kind == LineKind::context ? std::min<size_t>(stages_.size(), 1) : stages_.size());
  }

  const std::vector<std::unique_ptr<LineStage>> &stages_;
  std::vector<std::unique_ptr<LineWorker>> *workers_ = nullptr;
  const plug_ctx *ctx_ = nullptr;
  Content *content_ = nullptr;
};

}  // namespace plughost
