// A bounded number of blocks in flight, handed back in input order.
#pragma once

#include <compare>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/line_numbers.hpp"
#include "engine/lines/selection.hpp"
#include "engine/output/export_stage.hpp"
#include "engine/output/print/context_lines.hpp"
#include "engine/plugin/failure.hpp"
#include "engine/plugin/sink.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// A block on its way through a run, and what the stages made of it. Reused for other blocks of the same worker, with
// its memory.
struct BlockTask {
  uint32_t worker = 0;  // whose blocks the task is for
  Content content;
  Selection kept;         // lines that the stages so far kept
  Selection scratch;      // output of the next stage
  MemorySink out;         // bytes to write, unless in_place
  bool in_place = false;  // the kept lines are written from the content
  uint64_t lines = 0;     // number of kept lines, or of rows if the exporter parses
  ExportedRows rows;      // if the exporter parses
  LineNumbers numbers;    // of the kept lines, if the printer or the exporter needs them
  ContextLines context;   // if the printer shows context lines and the run has transforms
  // How many of Content::unfit and Content::faults the stages have added. The others are those of the exporter.
  size_t unfit_before_export = 0;
  size_t faults_before_export = 0;
  std::vector<StageCount> counts;  // one for each stage, then one for the exporter
  std::optional<Failure> failure;  // the block ends the run
  bool cancelled = false;          // a stage stopped because the run was cancelled

  // Frees buffers of more than `keep` bytes.
  void shrink(size_t keep) {
    out.buffer().shrink(keep);
    context.clear();
    for (Arena &arena : content.arenas) arena.sink.buffer().shrink(keep);
  }
  // Prepares the task for the next block.
  void clear() {
    content.faults.clear();
    content.numbered.clear();
    content.unfit.clear();
    content.skipped.clear();
    content.failure.reset();
    content.name = {};
    kept.clear();
    out.restart();
    in_place = false;
    lines = 0;
    rows = {};
    counts.assign(counts.size(), {});
    failure.reset();
    cancelled = false;
  }
};

// Owns the tasks of a run. Workers finish blocks in any order; the buffer passes them on in the order of the inputs and
// of their blocks. Each worker has tasks of its own, so the memory of a task stays in the cache of one core.
class ReorderBuffer {
 public:
  // Each worker may have `tasks_per_worker` blocks in flight.
  ReorderBuffer(unsigned workers, size_t tasks_per_worker);

  struct Acquired {
    BlockTask *task;  // null: the run was abandoned
    // Whether the worker has a further free task. It should not claim a block out of order without one: it could not
    // help with the blocks before.
    bool has_more;
  };
  // Returns a free task of the worker, the one that was freed last; waits until there is one or the run is abandoned.
  // Acquire a task before its block is claimed. Then the first block in flight always belongs to a worker that can go
  // on, and no deadlock is possible. [the worker]
  Acquired acquire(uint32_t worker);
  // Gives back a task that got no block. [the worker]
  void release(BlockTask *task);
  // Hands over a task that got a block. Tasks are consumed one at a time, in the order of the blocks without gaps, on
  // the thread that submitted the next one: `consume` may be called here for several tasks, or for none. It must not
  // throw. Afterwards the task is free. [any]
  void submit(BlockTask *task, const std::function<void(BlockTask &)> &consume);
  // Ends every wait, because some blocks will never be submitted. [any]
  void abandon();
  // Returns the input of the next block. Call it when all workers have ended.
  uint32_t next_input() const { return next_.input; }

  std::vector<BlockTask> &tasks() { return tasks_; }

 private:
  // The place of a block in the order.
  struct Place {
    uint32_t input = 0;
    uint64_t position = 0;
    auto operator<=>(const Place &) const = default;
  };
  static Place place_of(const Block &block) { return {block.input, block.position}; }

  void await_turn(Place place);
  void free(BlockTask *task);

  const MemoryBudget budget_;
  std::vector<BlockTask> tasks_;

  struct Worker {
    std::vector<BlockTask *> free;
    std::condition_variable freed;
  };

  std::mutex mutex_;  // guards the members below
  std::condition_variable turned_;
  std::vector<Worker> workers_;
  std::vector<BlockTask *> waiting_;  // submitted tasks, as a heap with the first block at its front
  Place next_;                        // the block to consume next
  bool consuming_ = false;            // a thread is in the loop of submit()
  bool abandoned_ = false;
};

}  // namespace plughost
