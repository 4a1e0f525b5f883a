// What the state of an isolated aggregator was made of, so that it can be made again in another process.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/isolation/client/runner_client.hpp"
#include "engine/lines/block.hpp"
#include "engine/plugin/sink.hpp"
#include "ipc/wire.hpp"

namespace plughost::isolation {

// Groups wait until they are as many bytes, and are merged in requests of at most as many.
constexpr uint64_t kMergedAtOnce = 256 << 10;

// Groups as bytes: for each its number, the size of its bytes, and these, as the requests to merge have them.
class GroupBytes {
 public:
  // Throws std::bad_alloc.
  void add(uint32_t group, std::span<const uint8_t> bytes);
  void clear() { bytes_.clear(); }
  uint64_t size() const { return bytes_.size(); }
  // Returns whole groups from byte `from` on: as many as fit into one request, or a single one.
  std::span<const uint8_t> piece(uint64_t from) const;
  // Calls take(group, bytes) for each group.
  template <typename Take>
  void each(Take take) const {
    for (auto left = bytes_.bytes(); !left.empty();) {
      const Head head = head_of(left);
      take(head.group, left.subspan(sizeof head, head.size));
      left = left.subspan(sizeof head + head.size);
    }
  }

 private:
  struct Head {
    uint32_t group;
    uint32_t size;
  };
  static Head head_of(std::span<const uint8_t> bytes);

  ByteBuffer bytes_;
};

// The last bytes of each group of a state.
class SavedGroups {
 public:
  // Replaces the bytes of a group. Throws std::bad_alloc.
  void put(uint32_t group, std::span<const uint8_t> bytes);
  uint32_t size() const { return static_cast<uint32_t>(places_.size()); }
  bool has(uint32_t group) const { return places_[group].size != kNone; }
  std::span<const uint8_t> of(uint32_t group) const {
    return bytes_.bytes().subspan(places_[group].offset, places_[group].size);
  }
  uint64_t memory() const { return bytes_.size() + places_.size() * sizeof places_[0]; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Place {
    uint64_t offset = 0;
    uint32_t size = kNone;
  };
  void remove_replaced();

  ByteBuffer bytes_;
  std::vector<Place> places_;  // by group
  uint64_t replaced_ = 0;      // bytes that belong to no group any more
};

// Requests that a state has answered since its groups were saved. Cells and groups of rows are copied, the latter
// in as few bytes as they need. The lines are copied too, unless they lie in a plain file, where they are read again.
// One thread at a time uses an object.
class FoldJournal {
 public:
  // `limit`: the bytes after which it is full.
  explicit FoldJournal(uint64_t limit) : limit_(limit) {}

  // Adds a request about the lines `in` of `content`. Throws std::bad_alloc.
  void add_rows(const RunnerClient::Sent &sent, const Content &content, const Selection &in, uint32_t rows);
  // Adds a group that is merged.
  void add_group(uint32_t group, std::span<const uint8_t> bytes) { merged_.add(group, bytes); }
  const GroupBytes &merged() const { return merged_; }

  bool full() const { return bytes_.size() + merged_.size() >= limit_; }
  // Returns the groups that something was added to, ascending.
  std::vector<uint32_t> touched() const;
  void clear();

  size_t requests() const { return requests_.size(); }
  // Returns request `index`, whose lines are all in its payload. Its payload_size is not set.
  ipc::Request request(size_t index) const;
  // Returns how many bytes pack() needs.
  uint64_t size(size_t index) const;
  // Writes the payload. Throws StageFailure when a file has changed or cannot be read, std::bad_alloc.
  void pack(size_t index, ipc::Packer *to) const;

 private:
  struct Kept {
    ipc::Request request;
    // Where it is in bytes_: first what is before the block, then what follows it, the groups, and the lines.
    uint64_t offset;
    uint64_t before;  // bytes
    uint64_t after;   // bytes without the group of each row, and without the spans of the lines
    uint32_t rows;
    uint32_t group_size;                    // bytes of the number of a group: 1, 2 or 4
    std::shared_ptr<const PlainFile> file;  // null: the lines are in bytes_
  };
  bool may_refer_to(const PlainFile &file) const;
  template <typename Take>
  void each_group(const Kept &kept, Take take) const;
  static std::vector<Range> ranges_of(const Kept &kept, std::span<const uint8_t> before);
  static void read_lines(const Kept &kept, const std::vector<Range> &ranges, uint8_t *block);

  const uint64_t limit_;
  GroupBytes merged_;
  ByteBuffer bytes_;
  std::vector<Kept> requests_;
};

}  // namespace plughost::isolation
