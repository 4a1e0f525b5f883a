// A row filter whose plugin works in runners.
#pragma once

#include <memory>
#include <vector>

#include "engine/isolation/rows/row_wire.hpp"
#include "engine/isolation/runner/runner_pool.hpp"
#include "engine/rows/row_filter.hpp"

namespace plughost::isolation {

class IsolatedRowFilter : public RowFilter {
 public:
  IsolatedRowFilter(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end, bool invert, NamedColumns names);

  bool ordered() const override { return flags_ & PLUG_ROW_FILTER_ORDERED; }
  std::vector<Field> columns() const override { return names_.columns; }
  std::unique_ptr<RowFilterWorker> worker(const Schema &schema, const std::vector<uint32_t> &picked) const override;
  bool isolated() const override { return true; }
  void configure(const RunSetting &setting) override { pool_->configure(setting); }

 private:
  const std::unique_ptr<RunnerPool> pool_;
  const uint32_t flags_;
  const NamedColumns names_;
};

}  // namespace plughost::isolation
