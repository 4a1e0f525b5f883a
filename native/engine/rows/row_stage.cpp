#include "engine/rows/row_stage.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/plugin/context.hpp"
#include "engine/stages/transform_stage.hpp"

namespace plughost {
namespace {

class RowWorker : public LineWorker {
 public:
  explicit RowWorker(const RowStage &stage)
      : stage_(stage),
        spec_(stage.spec()),
        parser_(spec_.parser->worker(stage.schema())),
        cells_(stage.schema().size(), kBatch),
        fits_(words_for(kBatch)),
        keep_(words_for(kBatch)) {
    for (const auto &[filter, picked] : spec_.filters) filters_.push_back(filter->worker(stage.schema(), picked));
    for (const FoldSpec &fold : spec_.folds)
      folds_.push_back(std::make_unique<Fold>(fold, stage.schema(), spec_.spill));
  }

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override {
    const uint64_t start = now_ns();
    out->clear();
    batches_.each(content, in, spec_.line_end, [&](const plug_lines &lines, uint32_t text) {
      throw_if_cancelled(ctx);
      count->lines_in += lines.count;
      apply_batch(content, ctx, lines, text, out, count);
    });
    count->ns += now_ns() - start;
    count->bytes_in += in.bytes();
  }

  void end() override { stage_.collect(std::move(folds_)); }

 private:
  void apply_batch(const Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text, Selection *out,
                   StageCount *count);
  void drop_unfit(const Content &content, const plug_lines &lines, StageCount *count);
  void narrow(std::span<const uint64_t> kept);

  const RowStage &stage_;
  const RowSpec &spec_;
  const std::unique_ptr<ParserWorker> parser_;
  std::vector<std::unique_ptr<RowFilterWorker>> filters_;
  std::vector<std::unique_ptr<Fold>> folds_;
  LineBatches batches_;
  Cells cells_;
  MemorySink made_;
  std::vector<uint64_t> fits_;
  std::vector<uint64_t> keep_;
  // The lines that are left, and for each its index in the batch. They are the batch itself until a line is dropped.
  plug_lines left_{};
  std::vector<plug_span> spans_;
  std::vector<uint64_t> origins_;
};

void RowWorker::apply_batch(const Content &content, const plug_ctx &ctx, const plug_lines &lines, uint32_t text,
                            Selection *out, StageCount *count) {
  const size_t words = words_for(lines.count);
  cells_.clear();
  made_.restart(output_limit(content.block.size()));
  std::fill(fits_.begin(), fits_.end(), 0);
  parser_->parse(content, ctx, lines, text, &cells_, {fits_.data(), words}, &made_);
  left_ = lines;
  drop_unfit(content, lines, count);
  const auto made = made_.buffer().bytes();
  const auto rows = [&] { return Rows{content, left_, text, cells_, {made.data(), made.size()}}; };
  for (size_t i = 0; i < filters_.size() && left_.count > 0; i++) {
    const size_t left_words = words_for(left_.count);
    std::fill(keep_.begin(), keep_.end(), 0);
    filters_[i]->keep(rows(), ctx, {keep_.data(), left_words});
    if (spec_.filters[i].filter->invert) {
      for (size_t word = 0; word < left_words; word++) keep_[word] = ~keep_[word];
      if (left_.count % 64 != 0) keep_[left_words - 1] &= (uint64_t{1} << (left_.count % 64)) - 1;
    }
    narrow({keep_.data(), left_words});
  }
  if (left_.count == 0) return;
  for (const auto &fold : folds_) fold->add(rows(), ctx);
  for (uint32_t i = 0; i < left_.count; i++) out->add(line_range(left_, i, text), 1);
}

// Leaves out the lines that do not fit, counts them, or ends the run with the first one.
void RowWorker::drop_unfit(const Content &content, const plug_lines &lines, StageCount *count) {
  const std::span<const uint64_t> fits(fits_.data(), words_for(lines.count));
  const uint32_t unfit = lines.count - count_bits(fits);
  if (unfit == 0) return;
  uint32_t first = 0;
  while (fits[first / 64] >> (first % 64) & 1) first++;
  const uint64_t offset = plug_line_offset(&lines, first);
  if (count->lines_unfit == 0) count->first_unfit = {content.block.input, offset};
  count->lines_unfit += unfit;
  if (spec_.unparsed == Unparsed::fail)
    throw StageFailure{{FailureKind::unparsed, spec_.parser->plugin.label, "parse", 0, "", static_cast<int64_t>(offset)}};
  if (spec_.unparsed == Unparsed::drop) narrow(fits);
}

// Leaves only the rows whose bit is set.
void RowWorker::narrow(std::span<const uint64_t> kept) {
  const uint32_t count = count_bits(kept);
  if (count == left_.count) return;
  cells_.keep(kept, left_.count);
  std::vector<plug_span> spans;
  std::vector<uint64_t> origins;
  spans.reserve(count);
  each_bit(kept, [&](uint32_t row) {
    spans.push_back(left_.spans[row]);
    if (left_.origins) origins.push_back(left_.origins[row]);
  });
  spans_.swap(spans);
  origins_.swap(origins);
  left_.spans = spans_.data();
  left_.origins = left_.origins ? origins_.data() : nullptr;
  left_.count = count;
}

std::string label_of(const RowSpec &spec) {
  std::string label = spec.parser->plugin.label;
  for (const PickedFilter &filter : spec.filters) label.append(", ").append(filter.filter->plugin.label);
  return label;
}

}  // namespace

RowStage::RowStage(RowSpec spec)
    : LineStage({label_of(spec), nullptr}, Shape::rows), spec_(std::move(spec)), schema_(spec_.columns) {}

bool RowStage::ordered() const {
  return spec_.parser->ordered() ||
         std::any_of(spec_.filters.begin(), spec_.filters.end(), [](const auto &one) { return one.filter->ordered(); });
}

std::unique_ptr<LineWorker> RowStage::worker(uint32_t) const { return std::make_unique<RowWorker>(*this); }

void RowStage::collect(std::vector<std::unique_ptr<Fold>> folds) const {
  std::lock_guard lock(mutex_);
  collected_.push_back(std::move(folds));
}

std::unique_ptr<MergedGroups> RowStage::groups(size_t index) const {
  std::vector<std::unique_ptr<GroupSource>> sources;
  // A run without lines has a result too, if all rows are one group.
  if (collected_.empty()) {
    collected_.emplace_back();
    for (const FoldSpec &fold : spec_.folds) collected_[0].push_back(std::make_unique<Fold>(fold, schema_, spec_.spill));
  }
  for (const auto &folds : collected_)
    for (auto &source : folds[index]->sources()) sources.push_back(std::move(source));
  return std::make_unique<MergedGroups>(spec_.folds[index], schema_, std::move(sources));
}

}  // namespace plughost
