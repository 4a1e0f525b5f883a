#include "engine/rows/groups/results.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/rows/groups/sorted_rows.hpp"

namespace plughost {
namespace {

// Groups that are finished in one call.
constexpr uint32_t kResultBatch = 1024;

// Groups whose states are merged into one state, so that an aggregator finishes many at once.
class ResultBatch {
 public:
  ResultBatch(const FoldSpec &fold, const Schema &schema, const Schema &columns)
      : fold_(fold), schema_(schema), columns_(columns), keys_(fold.by.size(), kResultBatch) {
    for (const FoldedAggregator &one : fold.aggregators)
      outputs_.push_back(std::make_unique<Cells>(one.outputs->size(), kResultBatch));
    restart();
  }

  uint32_t count() const { return count_; }
  bool full() const { return count_ == kResultBatch; }

  void restart() {
    count_ = 0;
    keys_.clear();
    made_.clear();
    states_ = std::make_unique<FoldStates>(fold_, schema_);
  }

  void add(const GroupRecord &record) {
    if (!read_key(fold_.by, record.key, count_, &keys_, &made_))
      throw StageFailure{{FailureKind::state, "", "read", 0, "a key of a group is damaged"}};
    for (size_t i = 0; i < record.states.size(); i++)
      states_->each()[i]->merge(count_, {record.states[i].data(), record.states[i].size()});
    count_++;
  }

  // Returns the rows, valid until restart().
  const plug_rows &finish(const plug_ctx &ctx) {
    cells_.clear();
    for (size_t i = 0; i < fold_.by.size(); i++) cells_.push_back(keys_.column(i));
    for (size_t i = 0; i < outputs_.size(); i++) {
      Cells &cells = *outputs_[i];
      cells.clear();
      text_.restart();
      states_->each()[i]->finish(ctx, 0, count_, &cells, &text_);
      move_text(fold_.aggregators[i].outputs->fields(), &cells);
      for (size_t column = 0; column < fold_.aggregators[i].outputs->size(); column++)
        cells_.push_back(cells.column(column));
    }
    const auto made = made_.bytes();
    rows_ = {sizeof(plug_rows), count_, nullptr, &columns_.get(), cells_.data(), {made.data(), made.size()}};
    return rows_;
  }

 private:
  // Appends the text of one aggregator's outputs to made_, and corrects the offsets of its cells.
  void move_text(const std::vector<Field> &fields, Cells *cells) {
    const auto text = text_.buffer().bytes();
    if (made_.size() + text.size() > UINT32_MAX) throw std::bad_alloc();
    const auto base = static_cast<uint32_t>(made_.size());
    if (!made_.append(text.data(), text.size())) throw std::bad_alloc();
    for (size_t column = 0; column < fields.size(); column++) {
      if (fields[column].type != PLUG_TEXT) continue;
      each_bit(cells->valid(column, count_),
               [&](uint32_t row) { cells->column(column).cells[row].text.offset += base; });
    }
  }

  const FoldSpec &fold_;
  const Schema &schema_;
  const Schema &columns_;
  uint32_t count_ = 0;
  Cells keys_;
  ByteBuffer made_;  // text of all columns
  MemorySink text_;  // of one aggregator
  std::unique_ptr<FoldStates> states_;
  std::vector<std::unique_ptr<Cells>> outputs_;  // of each aggregator
  std::vector<plug_column> cells_;
  plug_rows rows_{};
};

}  // namespace

uint64_t pass_results(const FoldSpec &fold, const Schema &schema, const ResultSpec &spec, const Schema &columns,
                      GroupSource &groups, const plug_ctx &ctx, const TakeRows &take) {
  const uint64_t limit = spec.limit > 0 ? spec.limit : UINT64_MAX;
  ResultBatch batch(fold, schema, columns);
  SortedRows sorted(columns, spec.sort, limit);
  uint64_t passed = 0;
  const auto pass = [&] {
    if (batch.count() == 0) return;
    throw_if_cancelled(ctx);
    const plug_rows &rows = batch.finish(ctx);
    if (spec.sort.empty()) {
      take(rows);
      passed += rows.count;
    } else {
      sorted.add(rows);
    }
    batch.restart();
  };
  const uint64_t wanted = spec.sort.empty() ? limit : UINT64_MAX;
  for (uint64_t seen = 0; seen < wanted; seen++) {
    const GroupRecord *const record = groups.next();
    if (!record) break;
    batch.add(*record);
    if (batch.full()) pass();
  }
  pass();
  return passed + sorted.pass(take);
}

}  // namespace plughost
