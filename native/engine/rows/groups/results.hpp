// The answers of a fold: its groups as rows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/rows/groups/fold.hpp"
#include "engine/rows/groups/group_source.hpp"

namespace plughost {

// A column by which answers are sorted.
struct SortColumn {
  uint32_t column;
  bool descending;
};

// What becomes of the groups of a fold.
struct ResultSpec {
  std::vector<Field> columns;    // the names of the keys, then those of the outputs of each aggregator
  std::vector<SortColumn> sort;  // empty: by the keys
  uint64_t limit = 0;            // the most rows; 0: all
};

// Takes rows without lines, in their order.
using TakeRows = std::function<void(const plug_rows &)>;

// Finishes the groups of a source and passes them on as rows. `schema` is that of the fold's rows, and `columns` has
// the columns of the result. Sorted answers are held in memory, at most twice as many as the limit. Throws
// StageFailure, StageCancelled, TemporaryFileFailed, std::bad_alloc. Returns the number of rows.
uint64_t pass_results(const FoldSpec &fold, const Schema &schema, const ResultSpec &spec, const Schema &columns,
                      GroupSource &groups, const plug_ctx &ctx, const TakeRows &take);

// Answers that need no sort are held in memory all the same, if their groups take at most so many bytes.
constexpr uint64_t kHeldAnswers = 1 << 20;

// Does the same with a fold that has all groups in memory, and holds all answers in memory. The aggregators finish the
// groups where they are: they make no state for the answers, for which an isolated one would start a process. The
// groups are not made into bytes, and the keys are read only of those that may be among the first.
uint64_t pass_whole_results(Fold &groups, const ResultSpec &spec, const Schema &columns, const plug_ctx &ctx,
                            const TakeRows &take);

}  // namespace plughost
