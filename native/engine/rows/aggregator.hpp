// An aggregator in a run, and the aggregator in this process.
#pragma once

#include <plughost/aggregator.h>

#include <memory>
#include <span>

#include "engine/plugin/sink.hpp"
#include "engine/rows/rows.hpp"
#include "engine/stages/plugin_call.hpp"
#include "engine/stages/run_setting.hpp"

namespace plughost {

// The groups of an aggregator in one worker thread.
class AggregatorState {
 public:
  virtual ~AggregatorState() = default;
  // Adds rows. Row i belongs to group[i], which is less than `groups`.
  virtual void update(const Rows &rows, const plug_ctx &ctx, const uint32_t *group, uint32_t groups) = 0;
  // Says for which groups serialize() is called next, in this order. A state in another process gives them together.
  virtual void prepare(std::span<const uint32_t>) {}
  // Appends a group as bytes to *out.
  virtual void serialize(uint32_t group, MemorySink *out) = 0;
  // Adds to a group what serialize() wrote, here or in another process.
  virtual void merge(uint32_t group, plug_bytes bytes) = 0;
  // Fills the outputs of `count` groups from `first` on into *cells, which must be clear; text goes to *made.
  virtual void finish(const plug_ctx &ctx, uint32_t first, uint32_t count, Cells *cells, MemorySink *made) = 0;
  // Returns about how many bytes of memory the groups take.
  virtual uint64_t memory(uint32_t groups) const = 0;
  // All of them throw StageFailure, StageCancelled, std::bad_alloc.
};

// An aggregator, made once for a run and shared by the workers.
class Aggregator {
 public:
  explicit Aggregator(StagePlugin used) : plugin(std::move(used)) {}
  virtual ~Aggregator() = default;
  Aggregator(const Aggregator &) = delete;
  Aggregator &operator=(const Aggregator &) = delete;

  // Returns the columns that it wants, and those of its result. Throws StageFailure. [any]
  virtual std::vector<Field> columns() const = 0;
  virtual std::vector<Field> outputs() const = 0;
  // Returns the revision of the bytes of serialize(). [any]
  virtual uint32_t revision() const = 0;
  // Returns a state without groups. `picked` are the columns that it asked for, as indexes of those of all readers, and
  // `schema` describes them; `outputs` are the columns of its result. All of them must outlive it. Throws StageFailure.
  virtual std::unique_ptr<AggregatorState> state(const Schema &schema, const std::vector<uint32_t> &picked,
                                                 const Schema &outputs) const = 0;

  // As LineStage::isolated() and configure().
  virtual bool isolated() const { return false; }
  virtual void configure(const RunSetting &) {}

  const StagePlugin plugin;
};

class DirectAggregator : public Aggregator {
 public:
  DirectAggregator(StagePlugin used, const plug_aggregator &aggregator)
      : Aggregator(std::move(used)), calls(aggregator) {}

  std::vector<Field> columns() const override;
  std::vector<Field> outputs() const override;
  uint32_t revision() const override;
  std::unique_ptr<AggregatorState> state(const Schema &schema, const std::vector<uint32_t> &picked,
                                         const Schema &outputs) const override;

  const plug_aggregator calls;
};

}  // namespace plughost
