// The texts that the lines of one block are in while the stages work on it: the block as it was read, and one text for
// each transform, which holds the lines that the transform wrote.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/lines/block.hpp"
#include "engine/lines/range.hpp"
#include "engine/plugin/failure.hpp"
#include "engine/plugin/sink.hpp"
#include "ipc/fault.hpp"

namespace plughost {

// Maps the replacement of a line, in an arena, to the line in the block that it replaces.
struct Origin {
  uint32_t at;      // byte of the arena at which the replacement begins
  uint32_t offset;  // byte of the block at which the replaced line begins
};
// Runners and the host copy origins through shared memory byte by byte.
static_assert(std::is_trivially_copyable_v<Origin> && sizeof(Origin) == 8);

// The lines that one transform wrote for one block. A line of the block may have become none, one or several of them.
struct Arena {
  MemorySink sink;
  std::vector<Origin> origins;  // ascending by `at` and by `offset`

  void restart(uint64_t limit) {
    sink.restart(limit);
    origins.clear();
  }
};

// Adjacent lines that a parser skipped.
struct SkippedLines {
  Range lines;
  const void *parser;  // Parser::identity()
};

// A line of the block with its number.
struct NumberedLine {
  uint32_t offset;  // byte of the block at which the line begins
  uint32_t number;  // lines of the block before it
};

// Limits the memory of the arenas of all blocks in flight. A block that needs more than `bytes_per_block` waits until
// every earlier block was written. So at most one block at a time exceeds its part.
struct MemoryBudget {
  uint64_t bytes_per_block;
  std::function<void(const Block &)> await_turn;  // returns when every block before this one was written [any]
};

// Plugins may read as many bytes after the lines of a block, and after each text that a stage made. The contract
// promises this; the bytes mean nothing.
constexpr size_t kReadableAfter = 64;

// A block and its texts. Text 0 is the block; text n is the arena of stage n - 1. One thread at a time uses a content.
struct Content {
  Block block;
  std::vector<Arena> arenas;             // one for each stage; only transforms use theirs
  std::vector<ipc::FaultReport> faults;  // faults of isolated plugins that the run survived in this block
  // For an exporter with PLUG_EXPORTER_NUMBERS: the lines of the block that kept lines are, or replace, ascending.
  std::vector<NumberedLine> numbered;
  uint64_t first_number = 0;             // number of the block's first line in the input, from 1
  std::string_view name;                 // of the input, for an exporter with PLUG_EXPORTER_NAMES; else empty
  const MemoryBudget *budget = nullptr;  // null: no limit
  // If they are kept: the lines that were left out because they do not have the format of a parser, in any order.
  // Stages of one run may name a line twice.
  std::vector<Range> unfit;
  bool keeps_unfit = false;
  // If they are kept: the lines that parsers with PLUG_PARSER_ORDERED skipped, in any order. A later stage with the
  // same parser reads them too.
  std::vector<SkippedLines> skipped;
  bool keeps_skipped = false;
  // The run ends with this failure after the lines of the block that are left, unless it has enough of them: a parser
  // met a line that may not be left out, and no stage gets the lines from that one on.
  std::optional<Failure> failure;

  // Waits, if need be, until `bytes` more may be added to the arenas. Call it before adding them.
  void make_room(uint64_t bytes) const {
    for (const Arena &arena : arenas) bytes += arena.sink.buffer().size();
    if (budget && bytes > budget->bytes_per_block) budget->await_turn(block);
  }

  std::span<const uint8_t> text(uint32_t index) const {
    return index == 0 ? std::span(block.data(), block.size()) : arenas[index - 1].sink.buffer().bytes();
  }

  // Returns an offset in the input: for text 0 that of byte `at` itself, for an arena that of the line which the
  // replacement at byte `at` replaces.
  uint64_t input_offset(uint32_t index, size_t at) const {
    return block.offset + (index == 0 ? at : std::prev(first_origin_after(index, at))->offset);
  }

  // The text that replaces one line: none, one or several lines of an arena.
  struct Replacement {
    uint32_t offset;  // byte of the block at which the replaced line begins
    size_t end;       // byte of the arena after the replacement
  };
  // Returns the replacement that holds byte `at` of text `index`, which must be an arena.
  Replacement replacement(uint32_t index, size_t at) const {
    const auto next = first_origin_after(index, at);
    const Arena &arena = arenas[index - 1];
    return {std::prev(next)->offset, next == arena.origins.end() ? arena.sink.buffer().size() : next->at};
  }

  // Writes input_offset() of each line of an arena to `offsets`. `lines` ascend and are not empty.
  void input_offsets(uint32_t index, std::span<const plug_span> lines, uint64_t *offsets) const {
    auto next = first_origin_after(index, lines.front().offset);
    const auto end = arenas[index - 1].origins.end();
    for (const plug_span line : lines) {
      while (next != end && next->at <= line.offset) ++next;
      *offsets++ = block.offset + std::prev(next)->offset;
    }
  }

 private:
  // Returns the first origin after byte `at`. Every byte of an arena has an origin at or before it.
  std::vector<Origin>::const_iterator first_origin_after(uint32_t index, size_t at) const {
    const auto &origins = arenas[index - 1].origins;
    return std::upper_bound(origins.begin(), origins.end(), at,
                            [](size_t place, const Origin &origin) { return place < origin.at; });
  }
};

}  // namespace plughost
