#include "engine/rows/row_stage.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/plugin/context.hpp"
#include "engine/rows/groups/merged_groups.hpp"

namespace plughost {
namespace {

class RowWorker : public LineWorker {
 public:
  explicit RowWorker(const RowStage &stage)
      : stage_(stage),
        spec_(stage.spec()),
        reader_(*spec_.parser, stage.schema(),
                {spec_.unparsed, batch_of(stage.isolated()), spec_.numbers, *spec_.watched}),
        batches_(batch_of(stage.isolated())),
        keep_(words_for(batch_of(stage.isolated()))) {
    for (const auto &[filter, picked] : spec_.filters) filters_.push_back(filter->worker(stage.schema(), picked));
    for (const FoldSpec &fold : spec_.folds)
      folds_.push_back(std::make_unique<Fold>(fold, stage.schema(), stage.spill()));
  }

  void apply(Content &content, const plug_ctx &ctx, const Selection &in, Selection *out, StageCount *count) override {
    const uint64_t start = now_ns();
    out->clear();
    RowReader::pad(&content);
    batches_.each(content, reader_.begin(content, in), spec_.line_end, [&](const plug_lines &lines, uint32_t text) {
      if (reader_.failed()) return;
      throw_if_cancelled(ctx);
      reader_.read(content, ctx, lines, text, UINT64_MAX, count);
      filter(content, ctx);
      const plug_lines &left = reader_.lines();
      if (left.count == 0) return;
      count->rows += left.count;
      for (const auto &fold : folds_) fold->add(reader_.rows(content), ctx);
      // Rows that are folded are answers, and go on as no lines.
      if (!folds_.empty()) return;
      for (uint32_t i = 0; i < left.count; i++) out->add(line_range(left, i, text), 1);
    });
    count->ns += now_ns() - start;
    count->bytes_in += in.bytes();
  }

  void end() override { stage_.collect(std::move(folds_)); }

 private:
  void filter(Content &content, const plug_ctx &ctx) {
    for (size_t i = 0; i < filters_.size() && reader_.lines().count > 0; i++) {
      const uint32_t count = reader_.lines().count;
      const std::span<uint64_t> keep(keep_.data(), words_for(count));
      std::fill(keep.begin(), keep.end(), 0);
      filters_[i]->keep(reader_.rows(content), ctx, keep);
      if (spec_.filters[i].filter->invert) {
        for (uint64_t &word : keep) word = ~word;
        if (count % 64 != 0) keep.back() &= (uint64_t{1} << (count % 64)) - 1;
      }
      reader_.narrow(keep);
    }
  }

  const RowStage &stage_;
  const RowSpec &spec_;
  RowReader reader_;
  std::vector<std::unique_ptr<RowFilterWorker>> filters_;
  std::vector<std::unique_ptr<Fold>> folds_;
  LineBatches batches_;
  std::vector<uint64_t> keep_;
};

std::string label_of(const RowSpec &spec) {
  std::string label = spec.parser->plugin.label;
  for (const PickedFilter &filter : spec.filters) label.append(", ").append(filter.filter->plugin.label);
  for (const FoldSpec &fold : spec.folds) label.append(", ").append(fold.label());
  return label;
}

}  // namespace

RowStage::RowStage(RowSpec spec)
    : LineStage({label_of(spec), nullptr}, Shape::rows),
      spec_(std::move(spec)),
      schema_(spec_.columns),
      spill_{spec_.group_memory, spec_.spill_folder} {}

bool RowStage::ordered() const {
  return spec_.parser->ordered() ||
         std::any_of(spec_.filters.begin(), spec_.filters.end(), [](const auto &one) { return one.filter->ordered(); });
}

bool RowStage::isolated() const {
  if (spec_.parser->isolated()) return true;
  if (std::any_of(spec_.filters.begin(), spec_.filters.end(), [](const auto &one) { return one.filter->isolated(); }))
    return true;
  return std::any_of(spec_.folds.begin(), spec_.folds.end(), [](const FoldSpec &fold) {
    return std::any_of(fold.aggregators.begin(), fold.aggregators.end(),
                       [](const auto &one) { return one.aggregator->isolated(); });
  });
}

void RowStage::configure(const RunSetting &setting) {
  RunSetting next = setting;
  next.group_memory = spec_.group_memory;
  spec_.parser->configure(next);
  for (const PickedFilter &one : spec_.filters) {
    one.filter->configure(next);
    // Only the first filter gets all rows. The plugins after it get fewer, so they may not read whole blocks.
    next.blocks = nullptr;
  }
  for (const FoldSpec &fold : spec_.folds)
    for (const FoldedAggregator &one : fold.aggregators) one.aggregator->configure(next);
}

void RowStage::begin(unsigned workers) {
  spill_.bytes = spec_.group_memory / (uint64_t{workers} * std::max<size_t>(spec_.folds.size(), 1));
}

std::unique_ptr<LineWorker> RowStage::worker(uint32_t) const { return std::make_unique<RowWorker>(*this); }

void RowStage::collect(std::vector<std::unique_ptr<Fold>> folds) const {
  std::lock_guard lock(mutex_);
  collected_.push_back(std::move(folds));
}

// A run without lines has a result too, if all rows are one group.
void RowStage::make_empty() const {
  if (!collected_.empty()) return;
  collected_.emplace_back();
  for (const FoldSpec &fold : spec_.folds) collected_[0].push_back(std::make_unique<Fold>(fold, schema_, spill_));
}

std::unique_ptr<GroupSource> RowStage::groups(size_t index) const {
  std::vector<std::unique_ptr<GroupSource>> sources;
  make_empty();
  for (const auto &folds : collected_)
    for (auto &source : folds[index]->sources()) sources.push_back(std::move(source));
  return std::make_unique<MergedGroups>(spec_.folds[index], schema_, std::move(sources));
}

Fold *RowStage::whole(size_t index, uint64_t most) const {
  make_empty();
  uint64_t memory = 0;
  for (const auto &folds : collected_) {
    if (!folds[index]->is_whole()) return nullptr;
    memory += folds[index]->memory();
  }
  if (memory > most) return nullptr;
  const auto larger = [&](const auto &a, const auto &b) { return a[index]->memory() > b[index]->memory(); };
  std::ranges::sort(collected_, larger);
  Fold &whole = *collected_[0][index];
  // Those of the other workers are there twice until all of them are merged.
  if (collected_.size() > 1 && memory * 2 - whole.memory() > spill_.bytes * collected_.size()) return nullptr;
  for (auto &folds : std::span(collected_).subspan(1)) {
    whole.merge(*folds[index]);
    folds[index].reset();
  }
  return &whole;
}

}  // namespace plughost
