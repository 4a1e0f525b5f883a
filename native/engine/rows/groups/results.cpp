#include "engine/rows/groups/results.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/rows/groups/sorted_rows.hpp"

namespace plughost {
namespace {

// Groups that are finished in one call: so many, or as many as had so many bytes.
constexpr uint32_t kResultBatch = 4096;
constexpr uint64_t kResultBytes = 1 << 20;

// The rows of some groups.
class ResultRows {
 public:
  ResultRows(const FoldSpec &fold, const Schema &columns)
      : fold_(fold), columns_(columns), keys_(fold.by.size(), kResultBatch) {
    for (size_t i = 0; i < fold.by.size(); i++) cells_.push_back(keys_.column(i));
    for (const FoldedAggregator &one : fold.aggregators) {
      outputs_.push_back(std::make_unique<Cells>(one.outputs->size(), kResultBatch));
      for (size_t i = 0; i < one.outputs->size(); i++) cells_.push_back(outputs_.back()->column(i));
    }
  }

  void restart() {
    keys_.clear();
    made_.clear();
  }

  void set_key(uint32_t row, std::span<const uint8_t> key) {
    if (!read_key(fold_.by, key, row, &keys_, &made_))
      throw StageFailure{{FailureKind::state, "", "read", 0, "a key of a group is damaged"}};
  }

  // Finishes groups, which are those of the rows from the first on.
  void finish(FoldStates &states, uint32_t first, uint32_t count, const plug_ctx &ctx) {
    count_ = count;
    for (size_t i = 0; i < outputs_.size(); i++) {
      outputs_[i]->clear();
      text_.restart();
      states.each()[i]->finish(ctx, first, count, outputs_[i].get(), &text_);
      move_text(fold_.aggregators[i].outputs->fields(), outputs_[i].get());
    }
  }

  // Returns the rows, valid until a function changes them.
  const plug_rows &rows() {
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
  const Schema &columns_;
  uint32_t count_ = 0;
  Cells keys_;
  ByteBuffer made_;                              // text of all columns
  MemorySink text_;                              // of one aggregator
  std::vector<std::unique_ptr<Cells>> outputs_;  // of each aggregator
  std::vector<plug_column> cells_;               // the columns of keys_ and outputs_
  plug_rows rows_{};
};

// Groups whose states are merged into one state, so that an aggregator finishes many at once.
class ResultBatch {
 public:
  ResultBatch(const FoldSpec &fold, const Schema &schema, const Schema &columns)
      : fold_(fold), schema_(schema), rows_(fold, columns) {
    restart();
  }

  uint32_t count() const { return count_; }
  bool full() const { return count_ == kResultBatch || bytes_ >= kResultBytes; }

  void restart() {
    count_ = 0;
    bytes_ = 0;
    rows_.restart();
    states_ = std::make_unique<FoldStates>(fold_, schema_);
  }

  void add(const GroupRecord &record) {
    rows_.set_key(count_, record.key);
    for (size_t i = 0; i < record.states.size(); i++) {
      states_->each()[i]->merge(count_, {record.states[i].data(), record.states[i].size()});
      bytes_ += record.states[i].size();
    }
    count_++;
  }

  // Returns the rows, valid until restart().
  const plug_rows &finish(const plug_ctx &ctx) {
    rows_.finish(*states_, 0, count_, ctx);
    return rows_.rows();
  }

 private:
  const FoldSpec &fold_;
  const Schema &schema_;
  ResultRows rows_;
  uint32_t count_ = 0;
  uint64_t bytes_ = 0;  // of these groups, before they were merged
  std::unique_ptr<FoldStates> states_;
};

// Adds rows that come in the order of their keys.
void add_in_order(const plug_rows &rows, uint64_t *added, SortedRows *to) {
  for (uint32_t row = 0; row < rows.count; row++, ++*added) {
    uint8_t tie[8];
    for (int i = 0; i < 8; i++) tie[i] = static_cast<uint8_t>(*added >> (56 - 8 * i));
    to->add(rows, row, tie);
  }
}

uint64_t limit_of(const ResultSpec &spec) { return spec.limit > 0 ? spec.limit : UINT64_MAX; }

}  // namespace

uint64_t pass_results(const FoldSpec &fold, const Schema &schema, const ResultSpec &spec, const Schema &columns,
                      GroupSource &groups, const plug_ctx &ctx, const TakeRows &take) {
  const uint64_t limit = limit_of(spec);
  ResultBatch batch(fold, schema, columns);
  SortedRows sorted(columns, spec.sort, limit, fold.by.size());
  uint64_t passed = 0;
  uint64_t added = 0;
  const auto pass = [&] {
    if (batch.count() == 0) return;
    throw_if_cancelled(ctx);
    const plug_rows &rows = batch.finish(ctx);
    if (spec.sort.empty()) {
      take(rows);
      passed += rows.count;
    } else {
      add_in_order(rows, &added, &sorted);
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

uint64_t pass_whole_results(Fold &groups, const ResultSpec &spec, const Schema &columns, const plug_ctx &ctx,
                            const TakeRows &take) {
  const GroupTable &table = groups.table();
  ResultRows batch(groups.spec(), columns);
  SortedRows sorted(columns, spec.sort, limit_of(spec), groups.spec().by.size());
  for (uint32_t first = 0, count = 0; first < table.size(); first += count) {
    throw_if_cancelled(ctx);
    count = std::min(kResultBatch, table.size() - first);
    batch.restart();
    batch.finish(groups.states(), first, count, ctx);
    for (uint32_t row = 0; row < count; row++) {
      if (sorted.is_beyond(batch.rows(), row)) continue;
      const auto key = table.key(first + row);
      batch.set_key(row, key);
      sorted.add(batch.rows(), row, key);
    }
  }
  return sorted.pass(take);
}

}  // namespace plughost
