// The interface of what has groups after a run.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/rows/groups/fold.hpp"
#include "engine/rows/groups/group_source.hpp"

namespace plughost {

// A stage that has folded rows, or files of states.
class Folded {
 public:
  virtual ~Folded() = default;
  virtual const std::vector<FoldSpec> &folds() const = 0;
  // Returns the columns that the aggregators read.
  virtual const Schema &schema() const = 0;
  // Returns the groups of fold `index`. Called once for each, in their order, when nothing more is folded; the groups
  // of one fold are dropped before those of the next are asked for. This must outlive them. Throws StageFailure,
  // TemporaryFileFailed, std::bad_alloc.
  virtual std::unique_ptr<GroupSource> groups(size_t index) const = 0;
  // Returns a fold that has all groups of fold `index` in memory. Returns null if there is none, or if the groups of
  // all workers take more bytes than `most`; then groups() gives them. Throws as groups() does.
  virtual Fold *whole(size_t, uint64_t) const { return nullptr; }
};

}  // namespace plughost
