// The bytes that the lines of a block lie in on their way through the stages: the block as it was read, and what
// transforms made of some of its lines.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/lines/block.hpp"
#include "engine/plugin/sink.hpp"
#include "ipc/fault.hpp"

namespace plughost {

// Where a part of an arena comes from.
struct Origin {
  uint32_t at;      // in the arena: where what was made of a line begins
  uint32_t offset;  // of that line, in the block
};
// Origins cross to other processes as they are.
static_assert(std::is_trivially_copyable_v<Origin> && sizeof(Origin) == 8);

// What one stage made of a block.
struct Arena {
  MemorySink sink;
  std::vector<Origin> origins;  // ascending

  void restart(uint64_t limit) {
    sink.restart(limit);
    origins.clear();
  }
};

// Where a line begins in the block, and how many lines of the block are before it.
struct NumberedLine {
  uint32_t offset;
  uint32_t number;
};

// What blocks in work may hold together of what stages made of them. A block that needs more than its share waits until
// all blocks before it are written, so there is never more than one that does.
struct MemoryBudget {
  uint64_t bytes_per_block;                        // of each block
  std::function<void(uint64_t block)> await_turn;  // [any]
};

// Text 0 is the block, text n what stage n - 1 made of it.
struct Content {
  Block block;
  std::vector<Arena> arenas;             // one for each stage; only transforms use theirs
  std::vector<ipc::FaultReport> faults;  // of isolated plugins, on the way of this block
  // For an exporter that asks for it: of each line that kept ones are or were made of, ascending, its number, counted
  // from that of the block's first line; and the name of the input.
  std::vector<NumberedLine> numbered;
  uint64_t first_number = 0;
  std::string_view name;
  const MemoryBudget *budget = nullptr;  // null: as much as it likes

  // Before that many bytes are added to what was made of the block.
  void make_room(uint64_t bytes) const {
    for (const Arena &arena : arenas) bytes += arena.sink.buffer().size();
    if (budget && bytes > budget->bytes_per_block) budget->await_turn(block.number);
  }

  std::span<const uint8_t> text(uint32_t index) const {
    return index == 0 ? std::span(block.data(), block.size()) : arenas[index - 1].sink.buffer().bytes();
  }

  // Where the line that holds byte `at` of a text, or the line that it was made of, is in the input. For the block
  // itself it is the byte.
  uint64_t input_offset(uint32_t index, size_t at) const {
    return block.offset + (index == 0 ? at : std::prev(first_origin_after(index, at))->offset);
  }

  // A part of a made text: what was made of one line.
  struct Replacement {
    uint32_t offset;  // of that line, in the block
    size_t end;       // of the part, in the text
  };
  // The part that holds byte `at` of a made text.
  Replacement replacement(uint32_t index, size_t at) const {
    const auto next = first_origin_after(index, at);
    const Arena &arena = arenas[index - 1];
    return {std::prev(next)->offset, next == arena.origins.end() ? arena.sink.buffer().size() : next->at};
  }

  // The same as place() for ascending lines of a text that was made.
  void input_offsets(uint32_t index, std::span<const plug_span> lines, uint64_t *offsets) const {
    auto next = first_origin_after(index, lines.front().offset);
    const auto end = arenas[index - 1].origins.end();
    for (const plug_span line : lines) {
      while (next != end && next->at <= line.offset) ++next;
      *offsets++ = block.offset + std::prev(next)->offset;
    }
  }

 private:
  // The first origin behind byte `at`. Each byte of an arena has one before it.
  std::vector<Origin>::const_iterator first_origin_after(uint32_t index, size_t at) const {
    const auto &origins = arenas[index - 1].origins;
    return std::upper_bound(origins.begin(), origins.end(), at,
                            [](size_t place, const Origin &origin) { return place < origin.at; });
  }
};

}  // namespace plughost
