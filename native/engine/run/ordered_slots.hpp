// A bounded number of blocks in work, given back in the order of their numbers.
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
#include "engine/output/context_lines.hpp"
#include "engine/plugin/failure.hpp"
#include "engine/plugin/sink.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// A block, and what became of it. Its memory is used again for other blocks.
struct Slot {
  Content content;
  Selection kept;
  Selection scratch;
  MemorySink out;  // the bytes to write, unless they are written from the content
  bool in_place = false;
  uint64_t lines = 0;   // kept
  LineNumbers numbers;  // of those, when they are asked for
  ContextLines around;  // the lines around those, behind transforms
  std::vector<StageCount> counts;
  std::optional<Failure> failure;
  bool cancelled = false;

  // Gives back memory of what was made, when that is more than `keep`.
  void shrink(size_t keep) {
    out.buffer().shrink(keep);
    around.clear();
    for (Arena &arena : content.arenas) arena.sink.buffer().shrink(keep);
  }
  // Ready for the next block.
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

class OrderedSlots {
 public:
  explicit OrderedSlots(size_t count);

  // A free slot; waits until there is one. A slot must be had before its block is numbered, so that the lowest number
  // in work always belongs to a thread that can go on. [any]
  Slot *acquire();
  // Gives back a slot that got no block. [any]
  void release(Slot *slot);
  // Gives the slot, whose block has its number, to be consumed in its turn: ascending by block number without gaps, one
  // at a time, by the thread that completes the next in order. `consume` gets what this thread consumes; it must not
  // throw. [any]
  void submit(Slot *slot, const std::function<void(Slot &)> &consume);

  std::vector<Slot> &slots() { return slots_; }

 private:
  void await_turn(uint64_t number);

  const MemoryBudget budget_;
  std::vector<Slot> slots_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable freed_, turned_;
  std::vector<Slot *> free_;
  std::vector<Slot *> waiting_;  // by block number modulo their count
  uint64_t next_ = 0;
  bool consuming_ = false;
};

}  // namespace plughost
