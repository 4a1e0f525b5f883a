// A stage that reads lines as rows: a parser, row filters, and folds behind them.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/lines/line_batches.hpp"
#include "engine/rows/fold.hpp"
#include "engine/rows/merged_groups.hpp"
#include "engine/rows/parser.hpp"
#include "engine/rows/row_filter.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// What happens to lines that do not have the parser's format.
PLUGHOST_NAMED_ENUM(Unparsed,
                    drop,  // they have no row and are left out
                    keep,  // they are rows without values
                    fail)  // the first one ends the run

// A row filter with the columns that it asked for, as indexes of those of all readers.
struct PickedFilter {
  std::unique_ptr<RowFilter> filter;
  std::vector<uint32_t> picked;
};

struct RowSpec {
  std::unique_ptr<Parser> parser;
  std::vector<Field> columns;         // of all readers, each once
  std::vector<PickedFilter> filters;  // in this order
  std::vector<FoldSpec> folds;
  Unparsed unparsed = Unparsed::drop;
  SpillLimit spill{UINT64_MAX, "/tmp"};  // for each worker and fold
  LineEnd line_end = LineEnd::newline;
};

// Keeps the lines whose rows all filters keep, and folds these rows. Columns exist for one batch of lines at a time.
class RowStage : public LineStage {
 public:
  explicit RowStage(RowSpec spec);

  bool ordered() const override;
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;

  const RowSpec &spec() const { return spec_; }
  const Schema &schema() const { return schema_; }

  // Takes the folds of a worker that has no more blocks. [any]
  void collect(std::vector<std::unique_ptr<Fold>> folds) const;
  // Returns the groups of fold `index`, of all workers. Called once for each, when all workers have ended. The stage must
  // outlive them. Throws StageFailure, SystemFailed, std::bad_alloc.
  std::unique_ptr<MergedGroups> groups(size_t index) const;

 private:
  const RowSpec spec_;
  const Schema schema_;
  mutable std::mutex mutex_;
  mutable std::vector<std::vector<std::unique_ptr<Fold>>> collected_;  // of each worker that has ended; guarded by mutex_
};

}  // namespace plughost
