// A row filter in a run, and the row filter in this process.
#pragma once

#include <plughost/row_filter.h>

#include <memory>
#include <span>

#include "engine/rows/rows.hpp"
#include "engine/stages/plugin_call.hpp"
#include "engine/stages/run_setting.hpp"

namespace plughost {

// A row filter in one worker thread, with the plugin's state.
class RowFilterWorker {
 public:
  virtual ~RowFilterWorker() = default;
  // Sets the bit in `keep`, all 0 on entry, of each row that is kept. Throws StageFailure, StageCancelled.
  virtual void keep(const Rows &rows, const plug_ctx &ctx, std::span<uint64_t> keep) = 0;
};

// A row filter, made once for a run and shared by the workers.
class RowFilter {
 public:
  RowFilter(StagePlugin used, bool invert) : plugin(std::move(used)), invert(invert) {}
  virtual ~RowFilter() = default;
  RowFilter(const RowFilter &) = delete;
  RowFilter &operator=(const RowFilter &) = delete;

  // Returns whether the filter must get all rows in order, so that the run has one worker.
  virtual bool ordered() const = 0;
  // Returns the columns that it wants. Throws StageFailure. [any]
  virtual std::vector<Field> columns() const = 0;
  // Returns the filter for one worker. `picked` are the columns that it asked for, as indexes of those of all readers,
  // and `schema` describes them. Filter and schema must outlive it. Throws StageFailure.
  virtual std::unique_ptr<RowFilterWorker> worker(const Schema &schema, const std::vector<uint32_t> &picked) const = 0;

  // As LineStage::isolated() and configure().
  virtual bool isolated() const { return false; }
  virtual void configure(const RunSetting &) {}

  const StagePlugin plugin;
  const bool invert;  // the rows that the plugin drops are kept
};

class DirectRowFilter : public RowFilter {
 public:
  DirectRowFilter(StagePlugin used, const plug_row_filter &filter, bool invert)
      : RowFilter(std::move(used), invert), calls(filter) {}

  bool ordered() const override { return calls.flags & PLUG_ROW_FILTER_ORDERED; }
  std::vector<Field> columns() const override;
  std::unique_ptr<RowFilterWorker> worker(const Schema &schema, const std::vector<uint32_t> &picked) const override;

  const plug_row_filter calls;
};

}  // namespace plughost
