// Groups and what the aggregators know of them, in one worker.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/rows/aggregator.hpp"
#include "engine/rows/groups/group_source.hpp"
#include "engine/rows/groups/group_table.hpp"
#include "engine/rows/groups/key.hpp"
#include "engine/rows/groups/row_groups.hpp"

namespace plughost {

// An aggregator of a fold, with the columns that it reads and gives.
struct FoldedAggregator {
  std::unique_ptr<Aggregator> aggregator;
  std::vector<uint32_t> picked;     // the columns that it asked for, as indexes of those of all readers
  std::unique_ptr<Schema> outputs;  // the columns of its result
};

// What is folded, by which columns. Shared by the workers of a run.
struct FoldSpec {
  std::vector<KeyColumn> by;  // empty: all rows are one group
  std::vector<FoldedAggregator> aggregators;

  // Returns the names of the aggregators, for messages.
  std::string label() const;
};

// The states of all aggregators of a fold, without keys.
class FoldStates {
 public:
  // Spec and schema must outlive it. Throws StageFailure.
  FoldStates(const FoldSpec &spec, const Schema &schema);

  std::vector<std::unique_ptr<AggregatorState>> &each() { return states_; }
  const std::vector<std::unique_ptr<AggregatorState>> &each() const { return states_; }

 private:
  std::vector<std::unique_ptr<AggregatorState>> states_;
};

// When groups are moved from memory into files.
struct SpillLimit {
  uint64_t bytes;      // of memory that the groups of one worker may take
  std::string folder;  // of the files, which have no names
};

class Fold {
 public:
  // Spec, schema and limit must outlive it. Throws StageFailure.
  Fold(const FoldSpec &spec, const Schema &schema, const SpillLimit &limit);

  // Adds rows to their groups. Throws StageFailure, StageCancelled, TemporaryFileFailed, std::bad_alloc.
  void add(const Rows &rows, const plug_ctx &ctx);
  // Adds the groups of another fold of the same spec, which has all of them in memory. Throws as add() does.
  void merge(const Fold &other);

  // Returns the groups as sources, each in the order of the keys: those in memory, and what was spilled. The fold must
  // outlive them, and may not be added to any more.
  std::vector<std::unique_ptr<GroupSource>> sources();

  const FoldSpec &spec() const { return spec_; }
  // Returns about how many bytes the groups in memory take, with their order, which spilling needs.
  uint64_t memory() const;
  // Returns whether all groups are in memory.
  bool is_whole() const { return levels_.empty(); }
  // The groups in memory.
  const GroupTable &table() const { return table_; }
  FoldStates &states() { return *states_; }

 private:
  void restart();
  void spill_if_full();
  void give_back_if_grown(uint64_t bytes);
  void merge_levels();

  const FoldSpec &spec_;
  const Schema &schema_;
  const SpillLimit &limit_;
  GroupTable table_;
  RowGroups groups_;
  std::unique_ptr<FoldStates> states_;
  uint64_t grown_ = 0;  // memory() when what was freed went back to the system last
  // What was spilled. A run of a level is as large as kRunsOfLevel runs of the level before, so that there are few
  // files, and a group is written once for each level.
  std::vector<std::vector<SpilledRun>> levels_;
};

}  // namespace plughost
