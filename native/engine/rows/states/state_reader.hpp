// Reads a file of states. It may come from anybody: every field is checked.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/plugin/sink.hpp"
#include "engine/rows/groups/group_source.hpp"
#include "engine/rows/rows.hpp"
#include "engine/rows/states/crc32c.hpp"
#include "engine/rows/states/state_format.hpp"

namespace plughost {

// Reads the sections in their order, and then the trailer. Holds one group in memory, or 256 KiB if that is more. The
// calls throw StageFailure when the bytes are not a file of such sections, SystemFailed and std::bad_alloc.
class StateReader {
 public:
  // Input and sections must outlive it. With `from`, the file is read from this byte on, and the position of its
  // descriptor stays.
  StateReader(const StateInput &input, const std::vector<StateSection> &sections, std::optional<uint64_t> from = {});

  // Returns the next group of a section, valid until the next call, or null at its end. Sections before it are read to
  // their ends, and may not be asked for any more.
  const GroupRecord *next(size_t section);
  // Reads what is left, and the trailer. Returns its numbers.
  StateCounts end();
  // Returns the groups of each section. All of them are there after end().
  const std::vector<uint64_t> &groups() const { return groups_; }

 private:
  const GroupRecord *next_of_current();
  void begin_section();
  void check_key(std::span<const uint8_t> key);
  void need(size_t bytes);
  bool read_more();
  uint64_t take_number(size_t bytes);
  [[noreturn]] void refuse(const char *what) const;

  const StateInput &input_;
  const std::vector<StateSection> &sections_;
  const std::optional<uint64_t> from_;
  size_t section_ = 0;     // that is read; sections_.size() after the last
  uint64_t consumed_ = 0;  // bytes of the file that were read and hashed before buffer_
  ByteBuffer buffer_;
  std::span<const uint8_t> left_;  // of buffer_, not used yet
  Crc32c crc_;                     // of all bytes before those of buffer_
  RecordReader records_;
  ByteBuffer key_;  // of the group before
  bool has_key_ = false;
  Cells cells_;  // of a key that is checked
  ByteBuffer text_;
  std::vector<uint64_t> groups_;
};

}  // namespace plughost
