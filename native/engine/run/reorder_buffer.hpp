// A bounded number of blocks in flight, handed back in input order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/lines/content.hpp"
#include "engine/lines/line_numbers.hpp"
#include "engine/lines/selection.hpp"
#include "engine/output/print/context_lines.hpp"
#include "engine/plugin/failure.hpp"
#include "engine/plugin/sink.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// A block on its way through a run, and what the stages made of it. Reused for other blocks, with its memory.
struct BlockTask {
  Content content;
  Selection kept;                  // lines that the stages so far kept
  Selection scratch;               // output of the next stage
  MemorySink out;                  // bytes to write, unless in_place
  bool in_place = false;           // the kept lines are written from the content
  uint64_t lines = 0;              // number of kept lines
  LineNumbers numbers;             // of the kept lines, if the printer or the exporter needs them
  ContextLines context;            // if the printer shows context lines and the run has transforms
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
    content.name = {};
    kept.clear();
    out.restart();
    in_place = false;
    lines = 0;
    counts.assign(counts.size(), {});
    failure.reset();
    cancelled = false;
  }
};

// Owns the tasks of a run. Threads finish blocks in any order; the buffer passes them on by ascending number.
class ReorderBuffer {
 public:
  // `count` is the number of blocks that may be in flight.
  explicit ReorderBuffer(size_t count);

  // Returns a free task; waits until there is one. Acquire a task before its block gets a number. Then the lowest
  // number in flight always belongs to a thread that can go on, and no deadlock is possible. [any]
  BlockTask *acquire();
  // Gives back a task that got no block. [any]
  void release(BlockTask *task);
  // Hands over a task whose block has its number. Tasks are consumed one at a time, by block number without gaps, on
  // the thread that submitted the next one: `consume` may be called here for several tasks, or for none. It must not
  // throw. Afterwards the task is free. [any]
  void submit(BlockTask *task, const std::function<void(BlockTask &)> &consume);

  std::vector<BlockTask> &tasks() { return tasks_; }

 private:
  void await_turn(uint64_t number);

  const MemoryBudget budget_;
  std::vector<BlockTask> tasks_;

  std::mutex mutex_;  // guards the members below
  std::condition_variable freed_, turned_;
  std::vector<BlockTask *> free_;
  std::vector<BlockTask *> waiting_;  // submitted tasks, by block number modulo the number of tasks
  uint64_t next_ = 0;                 // number of the block to consume next
  bool consuming_ = false;            // a thread is in the loop of submit()
};

}  // namespace plughost
