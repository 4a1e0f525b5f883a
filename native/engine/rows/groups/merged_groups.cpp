#include "engine/rows/groups/merged_groups.hpp"

#include <algorithm>
#include <new>

namespace plughost {
namespace {

// How many groups are merged in one state before it is made anew, so that its memory does not grow.
constexpr uint32_t kGroupsOfState = 1024;
// How many groups are in a batch: so many, or as many as had so many bytes before they were merged.
constexpr uint32_t kGroupsOfBatch = 4096;
constexpr uint64_t kBytesOfBatch = 1 << 20;

bool is_equal(std::span<const uint8_t> a, std::span<const uint8_t> b) { return std::ranges::equal(a, b); }

bool is_isolated(const FoldSpec &spec) {
  return std::ranges::any_of(spec.aggregators, [](const auto &one) { return one.aggregator->isolated(); });
}

// Makes a heap have the least key at its front.
constexpr auto kLater = [](const auto &a, const auto &b) {
  return std::ranges::lexicographical_compare(b.record->key, a.record->key);
};

}  // namespace

MergedGroups::MergedGroups(const FoldSpec &spec, const Schema &schema,
                           std::vector<std::unique_ptr<GroupSource>> sources)
    : spec_(spec),
      schema_(schema),
      sources_(std::move(sources)),
      batched_(sources_.size() > 1 && is_isolated(spec)),
      sinks_(spec.aggregators.size()) {
  merged_.states.resize(sinks_.size());
  for (const auto &source : sources_) take_back({source.get(), nullptr});
}

// Puts a source back into the heap, with its next group; drops it at its end.
void MergedGroups::take_back(Input input) {
  input.record = input.source->next();
  if (!input.record) return;
  heap_.push_back(input);
  std::push_heap(heap_.begin(), heap_.end(), kLater);
}

MergedGroups::Input MergedGroups::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), kLater);
  const Input input = heap_.back();
  heap_.pop_back();
  return input;
}

const GroupRecord *MergedGroups::next() {
  if (batched_) {
    if (at_ == batch_.size()) merge_batch();
    if (batch_.empty()) return nullptr;
    const size_t begin = at_ == 0 ? 0 : ends_[at_ - 1];
    const auto key = keys_.bytes().subspan(begin, ends_[at_] - begin);
    return serialized(batch_[at_++], key);
  }
  if (last_.source) take_back(std::exchange(last_, {}));
  if (heap_.empty()) return nullptr;
  const Input first = pop();
  if (heap_.empty() || !is_equal(heap_.front().record->key, first.record->key)) {
    last_ = first;
    return first.record;
  }
  if (!states_ || group_ + 1 == kGroupsOfState) {
    states_ = std::make_unique<FoldStates>(spec_, schema_);
    group_ = 0;
  } else {
    group_++;
  }
  merge_all(first);
  return serialized(group_, key_.bytes());
}

// Merges the next groups into a batch, and asks for the bytes of all of them at once.
void MergedGroups::merge_batch() {
  states_.reset();
  states_ = std::make_unique<FoldStates>(spec_, schema_);
  batch_.clear();
  ends_.clear();
  keys_.clear();
  at_ = 0;
  bytes_ = 0;
  for (group_ = 0; group_ < kGroupsOfBatch && bytes_ < kBytesOfBatch && !heap_.empty(); group_++) {
    merge_all(pop());
    if (!keys_.append(key_.bytes().data(), key_.size())) throw std::bad_alloc();
    ends_.push_back(keys_.size());
    batch_.push_back(group_);
  }
  for (const auto &state : states_->each()) state->prepare(batch_);
}

// Merges a group and all others with its key, which becomes key_.
void MergedGroups::merge_all(Input first) {
  key_.clear();
  if (!key_.append(first.record->key.data(), first.record->key.size())) throw std::bad_alloc();
  merge(*first.record);
  take_back(first);
  while (!heap_.empty() && is_equal(heap_.front().record->key, key_.bytes())) {
    const Input other = pop();
    merge(*other.record);
    take_back(other);
  }
}

const GroupRecord *MergedGroups::serialized(uint32_t group, std::span<const uint8_t> key) {
  merged_.key = key;
  for (size_t i = 0; i < sinks_.size(); i++) {
    sinks_[i].restart();
    states_->each()[i]->serialize(group, &sinks_[i]);
    merged_.states[i] = sinks_[i].buffer().bytes();
  }
  return &merged_;
}

void MergedGroups::merge(const GroupRecord &record) {
  for (size_t i = 0; i < record.states.size(); i++) {
    states_->each()[i]->merge(group_, {record.states[i].data(), record.states[i].size()});
    bytes_ += record.states[i].size();
  }
}

}  // namespace plughost
