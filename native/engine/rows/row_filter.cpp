#include "engine/rows/row_filter.hpp"

#include "engine/lines/line_batches.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/rows/fields.hpp"
#include "engine/stages/stage_of.hpp"

namespace plughost {
namespace {

class DirectRowFilterWorker : public RowFilterWorker {
 public:
  DirectRowFilterWorker(const DirectRowFilter &filter, const Schema &schema, const std::vector<uint32_t> &picked)
      : filter_(filter), state_(filter.plugin, filter.calls), view_(schema, picked) {}

  void keep(const Rows &rows, const plug_ctx &ctx, std::span<uint64_t> keep) override {
    throw_if_broken(filter_.plugin, "keep");
    CallError error;
    const int32_t status = call_keep(rows, ctx, keep, &error);
    if (status < 0) error.raise(filter_.plugin, "keep", status, rows.content, whole_text(rows.lines, rows.text));
    if (status > 0) raise_contract(filter_.plugin, "keep", no_such_status(status), rows.content);
    if (has_bits_beyond(keep, rows.lines.count))
      raise_contract(filter_.plugin, "keep", "it keeps a row that it did not get", rows.content);
  }

 private:
  int32_t call_keep(const Rows &rows, const plug_ctx &ctx, std::span<uint64_t> keep, CallError *error) {
    const PluginCallScope scope(filter_.plugin.label.c_str(), "keep", static_cast<int64_t>(rows.content.block.offset));
    return filter_.calls.keep(filter_.plugin.instance, state_.get(), &ctx, &view_.of(rows), keep.data(),
                              error->address());
  }

  const DirectRowFilter &filter_;
  const WorkerState state_;
  RowView view_;
};

}  // namespace

std::vector<Field> DirectRowFilter::columns() const {
  return read_fields(plugin, "column",
                     [&](uint32_t index, plug_field *field) { return calls.column(plugin.instance, index, field); });
}

std::unique_ptr<RowFilterWorker> DirectRowFilter::worker(const Schema &schema,
                                                         const std::vector<uint32_t> &picked) const {
  return std::make_unique<DirectRowFilterWorker>(*this, schema, picked);
}

std::unique_ptr<RowFilter> stage_of(StagePlugin plugin, const plug_row_filter &calls, const StageOptions &options) {
  return std::make_unique<DirectRowFilter>(std::move(plugin), calls, options.invert);
}

}  // namespace plughost
