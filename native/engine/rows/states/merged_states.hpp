// Files of states as one.
#pragma once

#include <memory>
#include <vector>

#include "engine/rows/groups/folded.hpp"
#include "engine/rows/states/state_reader.hpp"

namespace plughost {

// What is merged: files whose prefixes say the same, and how their groups are folded.
struct MergeSpec {
  std::vector<StateInput> inputs;
  std::vector<FoldSpec> folds;  // one for each section; no rows are added to them
};

// Reads all files side by side, with one group of each in memory.
class MergedStates : public Folded {
 public:
  explicit MergedStates(MergeSpec spec);

  const std::vector<FoldSpec> &folds() const override { return spec_.folds; }
  const Schema &schema() const override { return schema_; }
  std::unique_ptr<GroupSource> groups(size_t index) const override;
  // Reads each regular file to its end and requires that it is whole, so that nothing is made of a damaged one. Files
  // that can be read only once are checked while they are merged. Throws as StateReader does. Call it before groups().
  void check(const plug_ctx &ctx) const;
  // Reads the files to their ends, and returns the sums of their trailers but for the groups, which are fewer when they
  // are merged. Throws as StateReader does. Call it once, after groups().
  StateCounts end() const;

 private:
  const MergeSpec spec_;
  const Schema schema_{{}};
  std::vector<StateSection> sections_;
  std::vector<std::unique_ptr<StateReader>> readers_;
};

}  // namespace plughost
