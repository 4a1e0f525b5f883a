// Writes a file of states.
#pragma once

#include <cstdint>
#include <span>

#include "engine/output/output.hpp"
#include "engine/plugin/context.hpp"
#include "engine/rows/groups/group_source.hpp"
#include "engine/rows/states/crc32c.hpp"
#include "engine/rows/states/state_format.hpp"

namespace plughost {

// The calls follow the order of the file: begin(), section() for each, end(). One thread at a time. They throw what the
// output and the groups throw.
class StateWriter {
 public:
  // The output must outlive the writer.
  explicit StateWriter(Output &output) : output_(output) {}

  void begin(std::span<const uint8_t> prefix);
  // Writes all groups of a source. Returns how many they were. Throws StageFailure for a group that is too large, and
  // StageCancelled.
  uint64_t section(GroupSource &groups, const plug_ctx &ctx);
  void end(const StateCounts &counts);

 private:
  void put(std::span<const uint8_t> bytes);
  void put_number(uint64_t number, size_t bytes);
  void pass();

  Output &output_;
  Crc32c crc_;
  ByteBuffer buffer_;  // what was not passed to the output yet
};

}  // namespace plughost
