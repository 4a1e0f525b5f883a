#include "engine/rows/aggregator.hpp"

#include "engine/plugin/crash_report.hpp"
#include "engine/rows/check_cells.hpp"
#include "engine/rows/fields.hpp"
#include "engine/stages/stage_of.hpp"
#include "os/cpu/float_mode.hpp"

namespace plughost {
namespace {

// Bytes of memory that a group is taken for if the plugin does not say it.
constexpr uint64_t kGroupBytes = 64;

class DirectAggregatorState : public AggregatorState {
 public:
  DirectAggregatorState(const DirectAggregator &aggregator, const Schema &schema, const std::vector<uint32_t> &picked,
                        const Schema &outputs)
      : aggregator_(aggregator),
        calls_(aggregator.calls),
        outputs_(outputs),
        state_(aggregator.plugin, aggregator.calls),
        view_(schema, picked) {}

  void update(const Rows &rows, const plug_ctx &ctx, const uint32_t *group, uint32_t groups) override {
    call("update", &rows.content, [&](plug_error *error) {
      return calls_.update(instance(), state_.get(), &ctx, &view_.of(rows), group, groups, error);
    });
  }

  void serialize(uint32_t group, MemorySink *out) override {
    call("serialize", nullptr,
         [&](plug_error *error) { return calls_.serialize(instance(), state_.get(), group, out->address(), error); });
    throw_if_refused(aggregator_.plugin, "serialize", *out);
  }

  void merge(uint32_t group, plug_bytes bytes) override {
    call("merge", nullptr,
         [&](plug_error *error) { return calls_.merge(instance(), state_.get(), group, bytes, error); });
  }

  void finish(const plug_ctx &ctx, uint32_t first, uint32_t count, Cells *cells, MemorySink *made) override {
    call("finish", nullptr, [&](plug_error *error) {
      return calls_.finish(instance(), state_.get(), &ctx, first, count, cells->columns(), made->address(), error);
    });
    throw_if_refused(aggregator_.plugin, "finish", *made);
    if (const char *rule = broken_rule_of_results(count, outputs_, cells, made->buffer().size()))
      raise_contract(aggregator_.plugin, "finish", rule);
  }

  uint64_t memory(uint32_t groups) const override {
    if (!calls_.memory) return groups * kGroupBytes;
    const PluginCallScope scope(aggregator_.plugin.label.c_str(), "memory");
    return calls_.memory(instance(), state_.get());
  }

 private:
  const plug_plugin *instance() const { return aggregator_.plugin.instance; }

  // Calls the plugin, and throws what its status says. `content` is null for a call that is not about input.
  template <typename Call>
  void call(const char *operation, const Content *content, Call made) {
    throw_if_broken(aggregator_.plugin, operation);
    const PluginCallScope scope(aggregator_.plugin.label.c_str(), operation,
                                content ? static_cast<int64_t>(content->block.offset) : -1);
    CallError error;
    const FloatMode mode;
    const int32_t status = made(error.address());
    mode.restore();
    if (status < 0) error.raise(aggregator_.plugin, operation, status);
    if (status > 0) raise_contract(aggregator_.plugin, operation, no_such_status(status));
  }

  const DirectAggregator &aggregator_;
  const plug_aggregator &calls_;
  const Schema &outputs_;
  const WorkerState state_;
  RowView view_;
};

}  // namespace

std::vector<Field> DirectAggregator::columns() const {
  return read_fields(plugin, "column",
                     [&](uint32_t index, plug_field *field) { return calls.column(plugin.instance, index, field); });
}

std::vector<Field> DirectAggregator::outputs() const {
  const auto fields = read_unique_fields(
      plugin, "output", [&](uint32_t index, plug_field *field) { return calls.output(plugin.instance, index, field); });
  if (fields.empty()) raise_contract(plugin, "output", "it has no result");
  return fields;
}

uint32_t DirectAggregator::revision() const {
  if (!calls.revision) return 0;
  const PluginCallScope scope(plugin.label.c_str(), "revision");
  return calls.revision(plugin.instance);
}

std::unique_ptr<AggregatorState> DirectAggregator::state(const Schema &schema, const std::vector<uint32_t> &picked,
                                                         const Schema &outputs) const {
  return std::make_unique<DirectAggregatorState>(*this, schema, picked, outputs);
}

std::unique_ptr<Aggregator> stage_of(StagePlugin plugin, const plug_aggregator &calls, const StageOptions &) {
  return std::make_unique<DirectAggregator>(std::move(plugin), calls);
}

}  // namespace plughost
