// Groups as bytes, in the order of their keys.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/plugin/sink.hpp"
#include "os/file/temporary_file.hpp"

namespace plughost {

// A group: its key, and what each aggregator wrote of it.
struct GroupRecord {
  std::span<const uint8_t> key;
  std::vector<std::span<const uint8_t>> states;  // one for each aggregator
};

// Gives groups in ascending order of their keys, each key once. One thread at a time uses it.
class GroupSource {
 public:
  virtual ~GroupSource() = default;
  // Returns the next group, valid until the next call, or null at the end. Throws StageFailure, SystemFailed,
  // TemporaryFileFailed, std::bad_alloc.
  virtual const GroupRecord *next() = 0;
};

// Reads groups as append_record() writes them, from bytes that come in pieces.
class RecordReader {
 public:
  explicit RecordReader(size_t aggregators) { record_.states.resize(aggregators); }
  // Returns the record at the front of *bytes, and removes it from there. If *bytes holds no whole record, returns null
  // and removes nothing. The record points to the same memory as *bytes.
  const GroupRecord *read(std::span<const uint8_t> *bytes);

 private:
  GroupRecord record_;
};

// Appends a group as it stands in files: varint length and key, then the same for each state. Throws std::bad_alloc.
void append_record(const GroupRecord &record, ByteBuffer *out);

// A temporary file that holds groups in order. It has no name, so it disappears with its descriptor.
class SpilledRun {
 public:
  // Writes all groups of a source into a file of `folder`. Throws TemporaryFileFailed, and as the source does.
  SpilledRun(const std::string &folder, GroupSource &groups, size_t aggregators);
  // Returns the groups, from the first on. The run must outlive the source.
  std::unique_ptr<GroupSource> read() const;

 private:
  TemporaryFile file_;
  size_t aggregators_;
};

}  // namespace plughost
