#include "engine/rows/groups/fold.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "engine/lines/line_batches.hpp"
#include "engine/rows/groups/merged_groups.hpp"
#include "os/memory/freed_memory.hpp"

namespace plughost {
namespace {

// How many runs are merged into one.
constexpr size_t kRunsOfLevel = 16;
// How many groups are serialized together where that is cheaper.
constexpr size_t kPrepared = 4096;
// While groups take less than this, what they free is too little to give back.
constexpr uint64_t kFewBytes = 16 << 20;
// Memory goes back whenever groups have grown by this part.
constexpr uint64_t kGrowth = 4;

// The groups of a fold that are in memory, in an order.
class MemorySource : public GroupSource {
 public:
  MemorySource(const GroupTable &table, FoldStates &states, std::vector<uint32_t> order)
      : table_(table), states_(states), order_(std::move(order)), sinks_(states.each().size()) {
    record_.states.resize(sinks_.size());
  }

  const GroupRecord *next() override {
    if (at_ == order_.size()) return nullptr;
    if (at_ % kPrepared == 0) {
      const auto next = std::span(order_).subspan(at_, std::min(kPrepared, order_.size() - at_));
      for (const auto &state : states_.each()) state->prepare(next);
    }
    const uint32_t group = order_[at_++];
    record_.key = table_.key(group);
    for (size_t i = 0; i < sinks_.size(); i++) {
      sinks_[i].restart();
      states_.each()[i]->serialize(group, &sinks_[i]);
      record_.states[i] = sinks_[i].buffer().bytes();
    }
    return &record_;
  }

 private:
  const GroupTable &table_;
  FoldStates &states_;
  const std::vector<uint32_t> order_;
  std::vector<MemorySink> sinks_;
  size_t at_ = 0;
  GroupRecord record_;
};

}  // namespace

std::string FoldSpec::label() const {
  std::string label;
  for (const FoldedAggregator &one : aggregators)
    label.append(label.empty() ? "" : ", ").append(one.aggregator->plugin.label);
  return label;
}

FoldStates::FoldStates(const FoldSpec &spec, const Schema &schema) {
  for (const FoldedAggregator &one : spec.aggregators)
    states_.push_back(one.aggregator->state(schema, one.picked, *one.outputs));
}

Fold::Fold(const FoldSpec &spec, const Schema &schema, const SpillLimit &limit)
    : spec_(spec), schema_(schema), limit_(limit), groups_(spec.by) {
  restart();
}

// Begins without groups, or with the only one.
void Fold::restart() {
  table_ = GroupTable();
  groups_.restart();
  states_.reset();
  states_ = std::make_unique<FoldStates>(spec_, schema_);
  if (spec_.by.empty()) table_.number({});
}

void Fold::add(const Rows &rows, const plug_ctx &ctx) {
  const std::vector<uint32_t> &groups = groups_.find(rows, &table_);
  for (const auto &state : states_->each()) state->update(rows, ctx, groups.data(), table_.size());
  spill_if_full();
}

void Fold::merge(const Fold &other) {
  std::vector<uint32_t> all(other.table_.size());
  std::iota(all.begin(), all.end(), 0);
  MemorySource groups(other.table_, *other.states_, std::move(all));
  while (const GroupRecord *record = groups.next()) {
    const uint32_t group = table_.number(record->key);
    for (size_t i = 0; i < record->states.size(); i++)
      states_->each()[i]->merge(group, {record->states[i].data(), record->states[i].size()});
  }
}

uint64_t Fold::memory() const {
  uint64_t bytes = table_.memory() + uint64_t{table_.size()} * sizeof(uint32_t);
  for (const auto &state : states_->each()) bytes += state->memory(table_.size());
  return bytes;
}

// The limit is about all memory of the process, and tables that grow free the smaller ones that they were.
void Fold::give_back_if_grown(uint64_t bytes) {
  if (bytes < std::max(kFewBytes, grown_ + grown_ / kGrowth)) return;
  give_back_freed_memory();
  grown_ = bytes;
}

void Fold::spill_if_full() {
  if (const uint64_t bytes = memory(); bytes < limit_.bytes) {
    give_back_if_grown(bytes);
    return;
  }
  MemorySource groups(table_, *states_, table_.sorted());
  if (levels_.empty()) levels_.emplace_back();
  levels_[0].emplace_back(limit_.folder, groups, spec_.aggregators.size());
  merge_levels();
  restart();
  give_back_freed_memory();
  grown_ = 0;
}

// Makes one run of the next level of each level that is full.
void Fold::merge_levels() {
  for (size_t i = 0; i < levels_.size() && levels_[i].size() == kRunsOfLevel; i++) {
    std::vector<std::unique_ptr<GroupSource>> sources;
    for (const SpilledRun &run : levels_[i]) sources.push_back(run.read());
    MergedGroups merged(spec_, schema_, std::move(sources));
    if (i + 1 == levels_.size()) levels_.emplace_back();
    levels_[i + 1].emplace_back(limit_.folder, merged, spec_.aggregators.size());
    levels_[i].clear();
  }
}

std::vector<std::unique_ptr<GroupSource>> Fold::sources() {
  std::vector<std::unique_ptr<GroupSource>> sources;
  for (const auto &level : levels_)
    for (const SpilledRun &run : level) sources.push_back(run.read());
  if (table_.size() > 0) sources.push_back(std::make_unique<MemorySource>(table_, *states_, table_.sorted()));
  return sources;
}

}  // namespace plughost
