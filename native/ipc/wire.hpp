// Writes and reads a payload: a sequence of arrays, each at a multiple of 8 bytes.
#pragma once

#include <algorithm>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

#include "ipc/protocol.hpp"

namespace plughost::ipc {

class Packer {
 public:
  explicit Packer(std::span<uint8_t> room) : room_(room) {}

  // Appends an array. All functions throw std::bad_alloc when the room is too small.
  template <typename Item>
  void put(std::span<const Item> items) {
    uint8_t *const to = skip(items.size_bytes());
    if (!items.empty()) std::memcpy(to, items.data(), items.size_bytes());
  }
  template <typename Item>
  void put_one(const Item &item) {
    put(std::span<const Item>(&item, 1));
  }
  // Appends an item of an array that is not in memory as a whole. Call align() after the last one.
  template <typename Item>
  void put_packed(const Item &item) {
    if (sizeof item > room_.size() - size_) throw std::bad_alloc();
    std::memcpy(room_.data() + size_, &item, sizeof item);
    size_ += sizeof item;
  }
  void align() { size_ = std::min<uint64_t>(aligned(size_), room_.size()); }
  uint64_t size() const { return size_; }

  // Reserves `size` bytes and returns them unchanged, for the caller to fill.
  uint8_t *skip(uint64_t size) {
    if (size > room_.size() - size_) throw std::bad_alloc();
    uint8_t *const at = room_.data() + size_;
    size_ = std::min<uint64_t>(aligned(size_ + size), room_.size());
    return at;
  }

 private:
  std::span<uint8_t> room_;
  uint64_t size_ = 0;
};

// Thrown when a payload is shorter than its sizes say.
struct Malformed {};

class Unpacker {
 public:
  explicit Unpacker(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  // Returns the next `size` bytes, without a copy. All functions throw Malformed.
  std::span<const uint8_t> take(uint64_t size) {
    if (size > bytes_.size() - at_) throw Malformed{};
    const auto taken = bytes_.subspan(at_, size);
    at_ = std::min<uint64_t>(aligned(at_ + size), bytes_.size());
    return taken;
  }
  // Appends a copy of `count` items to *to.
  template <typename Item>
  void take(uint64_t count, std::vector<Item> *to) {
    if (count > bytes_.size() / sizeof(Item)) throw Malformed{};
    const auto bytes = take(count * sizeof(Item));
    const size_t before = to->size();
    to->resize(before + count);
    if (count > 0) std::memcpy(to->data() + before, bytes.data(), bytes.size());
  }
  // Returns what was not taken yet.
  std::span<const uint8_t> rest() const { return bytes_.subspan(at_); }
  template <typename Item>
  Item take_one() {
    Item item;
    std::memcpy(&item, take(sizeof item).data(), sizeof item);
    return item;
  }

 private:
  std::span<const uint8_t> bytes_;
  uint64_t at_ = 0;
};

}  // namespace plughost::ipc
