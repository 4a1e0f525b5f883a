#include "engine/stages/any_stage.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/lines/unfit_lines.hpp"
#include "engine/plugin/context.hpp"
#include "engine/stages/run_setting.hpp"

namespace plughost {
namespace {

StagePlugin named_after(const std::vector<std::unique_ptr<LineStage>> &filters) {
  std::string label;
  for (const auto &filter : filters) label.append(label.empty() ? "" : " or ").append(filter->plugin.label);
  return {label, nullptr};
}

class AnyWorker : public LineWorker {
 public:
  AnyWorker(const std::vector<std::unique_ptr<LineStage>> &stages, std::vector<std::unique_ptr<LineWorker>> filters)
      : stages_(stages), filters_(std::move(filters)) {}

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override {
    const uint64_t start = now_ns();
    remaining_ = in;
    // Of the filters that read rows, the first reads the most lines, so its counts are those of the stage.
    StageCount whole;
    bool has_rows = false;
    const size_t unfit = content.unfit.size();
    for (size_t i = 0; i < filters_.size(); i++) {
      const bool reads_rows = stages_[i]->reads_rows();
      if (remaining_.bytes() == 0 && !(reads_rows && !content.skipped.empty())) continue;
      StageCount one;
      filters_[i]->apply(content, ctx, remaining_, &kept_, &one);
      // The other filters would get the lines from that one on.
      if (content.failure) throw StageFailure{std::exchange(content.failure, {}).value()};
      if (!has_rows && reads_rows) whole = {};
      if (!has_rows) whole += one;
      has_rows = has_rows || reads_rows;
      subtract(remaining_, kept_, out);
      std::swap(remaining_, *out);
    }
    subtract(in, remaining_, out);
    forget_kept_lines(unfit, *out, &content);
    whole.ns = now_ns() - start;
    whole.bytes_in = in.bytes();
    whole.rows = 0;
    *count += whole;
  }

  // Asks every filter: one that was not called for a line, since an earlier one kept it, may match there too.
  void find_spans(Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, LineKind kind,
                  MergedSpans *spans) override {
    for (size_t i = 0; i < filters_.size(); i++)
      if (stages_[i]->reports_spans(kind)) filters_[i]->find_spans(content, ctx, lines, text, kind, spans);
  }

 private:
  const std::vector<std::unique_ptr<LineStage>> &stages_;
  const std::vector<std::unique_ptr<LineWorker>> filters_;
  Selection remaining_;
  Selection kept_;
};

}  // namespace

AnyStage::AnyStage(std::vector<std::unique_ptr<LineStage>> alternatives)
    : LineStage(named_after(alternatives), Shape::any), filters_(std::move(alternatives)) {}

bool AnyStage::ordered() const {
  return std::any_of(filters_.begin(), filters_.end(), [](const auto &filter) { return filter->ordered(); });
}

bool AnyStage::reads_rows() const { return first_of_rows() != nullptr; }

bool AnyStage::reads_numbers() const {
  return std::any_of(filters_.begin(), filters_.end(), [](const auto &filter) { return filter->reads_numbers(); });
}

// Returns the first filter that reads rows; null: none does.
const LineStage *AnyStage::first_of_rows() const {
  const auto rows =
      std::find_if(filters_.begin(), filters_.end(), [](const auto &filter) { return filter->reads_rows(); });
  return rows == filters_.end() ? nullptr : rows->get();
}

std::string AnyStage::parser_label() const {
  const LineStage *const rows = first_of_rows();
  return rows ? rows->parser_label() : std::string();
}

uint64_t AnyStage::valued() const {
  const LineStage *const rows = first_of_rows();
  return rows ? rows->valued() : 0;
}

bool AnyStage::isolated() const {
  return std::any_of(filters_.begin(), filters_.end(), [](const auto &filter) { return filter->isolated(); });
}

bool AnyStage::reports_spans(LineKind kind) const {
  return std::any_of(filters_.begin(), filters_.end(), [&](const auto &filter) { return filter->reports_spans(kind); });
}

void AnyStage::configure(const RunSetting &setting) {
  // Only the first filter sees every line of a block, so only it may read whole blocks.
  RunSetting next = setting;
  for (const auto &filter : filters_) {
    filter->configure(next);
    next.blocks = nullptr;
  }
}

std::unique_ptr<LineWorker> AnyStage::worker(uint32_t number) const {
  std::vector<std::unique_ptr<LineWorker>> workers;
  for (const auto &filter : filters_) workers.push_back(filter->worker(number));
  return std::make_unique<AnyWorker>(filters_, std::move(workers));
}

}  // namespace plughost
