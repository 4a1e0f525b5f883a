// A stage that reads lines as rows: a parser, row filters, and folds behind them.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/rows/groups/fold.hpp"
#include "engine/rows/groups/folded.hpp"
#include "engine/rows/parser.hpp"
#include "engine/rows/reading/row_reader.hpp"
#include "engine/rows/row_filter.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// A row filter with the columns that it asked for, as indexes of those of all readers.
struct PickedFilter {
  std::unique_ptr<RowFilter> filter;
  std::vector<uint32_t> picked;
};

struct RowSpec {
  std::unique_ptr<Parser> parser;
  std::vector<Field> columns;         // of all readers, each once
  std::vector<uint32_t> numbers;      // indexes of those that are the numbers of lines
  std::vector<PickedFilter> filters;  // in this order
  std::vector<FoldSpec> folds;
  Unparsed unparsed = Unparsed::drop;
  uint64_t group_memory = UINT64_MAX;  // bytes that all groups of the run may take; more go into files
  std::string spill_folder = "/tmp";   // of these files, which have no names
  LineEnd line_end = LineEnd::newline;
  std::unique_ptr<Watched> watched;  // never null
};

// Keeps the lines whose rows all filters keep, and folds these rows. Columns exist for one batch of lines at a time.
class RowStage : public LineStage, public Folded {
 public:
  explicit RowStage(RowSpec spec);

  bool ordered() const override;
  bool folds_rows() const override { return !spec_.folds.empty(); }
  bool reads_numbers() const override { return !spec_.numbers.empty(); }
  std::string parser_label() const override { return spec_.parser->plugin.label; }
  uint64_t valued() const override { return spec_.watched->valued(); }
  bool isolated() const override;
  void configure(const RunSetting &setting) override;
  void begin(unsigned workers) override;
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;

  const RowSpec &spec() const { return spec_; }
  const std::vector<FoldSpec> &folds() const override { return spec_.folds; }
  const Schema &schema() const override { return schema_; }
  const SpillLimit &spill() const { return spill_; }

  // Takes the folds of a worker that has no more blocks. [any]
  void collect(std::vector<std::unique_ptr<Fold>> folds) const;
  // Returns the groups of all workers, when all of them have ended.
  std::unique_ptr<GroupSource> groups(size_t index) const override;
  Fold *whole(size_t index, uint64_t most) const override;

 private:
  void make_empty() const;

  const RowSpec spec_;
  const Schema schema_;
  SpillLimit spill_;  // of one fold of one worker
  mutable std::mutex mutex_;
  mutable std::vector<std::vector<std::unique_ptr<Fold>>>
      collected_;  // of each worker that has ended; guarded by mutex_
};

}  // namespace plughost
