// Groups of several workers, files or machines as one.
#pragma once

#include <memory>
#include <vector>

#include "engine/rows/groups/fold.hpp"
#include "engine/rows/groups/group_source.hpp"

namespace plughost {

// Gives the groups of all sources in the order of their keys. Groups with the same key become one: their states are
// merged. Holds one group of each source in memory, and a batch of merged ones.
class MergedGroups : public GroupSource {
 public:
  // Spec and schema must outlive it. Throws StageFailure.
  MergedGroups(const FoldSpec &spec, const Schema &schema, std::vector<std::unique_ptr<GroupSource>> sources);

  const GroupRecord *next() override;

 private:
  // A source and its next group.
  struct Input {
    GroupSource *source;
    const GroupRecord *record;
  };

  void take_back(Input input);
  Input pop();
  void merge(const GroupRecord &record);
  void merge_all(Input first);
  void merge_batch();
  const GroupRecord *serialized(uint32_t group, std::span<const uint8_t> key);

  const FoldSpec &spec_;
  const Schema &schema_;
  const std::vector<std::unique_ptr<GroupSource>> sources_;
  // Whether groups are merged in batches, since each call to another process costs more than many groups.
  const bool batched_;
  std::vector<Input> heap_;  // that with the least key at its front
  std::unique_ptr<FoldStates> states_;
  uint32_t group_ = 0;  // of states_, in which equal keys are merged
  ByteBuffer key_;
  // A batch: the numbers of its groups, where their keys end in keys_, and the index of the next one.
  std::vector<uint32_t> batch_;
  std::vector<size_t> ends_;
  ByteBuffer keys_;
  size_t at_ = 0;
  uint64_t bytes_ = 0;  // that were merged into it
  std::vector<MemorySink> sinks_;
  GroupRecord merged_;
  Input last_{};  // whose record was given last; moves on in the next call
};

}  // namespace plughost
