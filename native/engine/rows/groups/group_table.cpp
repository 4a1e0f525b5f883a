#include "engine/rows/groups/group_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <numeric>

#include "os/random/random_bytes.hpp"

namespace plughost {
namespace {

constexpr size_t kFirstSlots = 1024;
// A table with more slots is not in the caches of a core.
constexpr size_t kCachedSlots = 16384;
constexpr uint64_t kTag = 0xffffffff00000000;

struct Seeds {
  uint64_t first = 0x9e3779b97f4a7c15;
  uint64_t second = 0xbf58476d1ce4e5b9;
};

// Random numbers of this process. Without them the hash is known to others, and their keys may collide.
const Seeds &seeds() {
  static const Seeds made = [] {
    Seeds random;
    uint64_t words[] = {random.first, random.second};
    fill_random(words);
    random.first = words[0] | 1;
    random.second = words[1];
    return random;
  }();
  return made;
}

uint64_t load8(const uint8_t *at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

uint64_t load4(const uint8_t *at) {
  uint32_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Multiplies to 128 bits and folds both halves.
uint64_t mixed(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const auto product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Returns a hash that only this process knows.
uint64_t hash_of(std::span<const uint8_t> key) {
  const Seeds &seed = seeds();
  const uint8_t *at = key.data();
  size_t left = key.size();
  uint64_t hash = seed.second ^ left;
  for (; left > 16; at += 16, left -= 16) hash = mixed(load8(at) ^ seed.first, load8(at + 8) ^ hash);
  // Both words together hold all bytes that are left, some of them twice. The length tells keys of other lengths apart.
  uint64_t first = 0;
  uint64_t second = 0;
  if (left >= 8) {
    first = load8(at);
    second = load8(at + left - 8);
  } else if (left >= 4) {
    first = load4(at);
    second = load4(at + left - 4);
  } else if (left > 0) {
    first = uint64_t{at[0]} << 16 | uint64_t{at[left / 2]} << 8 | at[left - 1];
  }
  hash = mixed(first ^ seed.first, second ^ hash);
  return mixed(hash ^ seed.first, seed.second);
}

}  // namespace

GroupTable::GroupTable() : slots_(kFirstSlots) {}

uint32_t GroupTable::number(std::span<const uint8_t> key) { return number(key, hash_of(key)); }

uint32_t GroupTable::number(std::span<const uint8_t> key, uint64_t hash) {
  const uint64_t tag = hash & kTag;
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const uint64_t slot = slots_[at];
    const auto found = static_cast<uint32_t>(slot);
    if (found == 0) {
      if (size() == UINT32_MAX - 1 || !keys_.append(key.data(), key.size())) throw std::bad_alloc();
      ends_.push_back(keys_.size());
      slots_[at] = tag | size();
      const uint32_t made = size() - 1;
      if (size_t{size()} * 4 > slots_.size() * 3) grow();
      return made;
    }
    if ((slot & kTag) != tag) continue;
    const auto other = this->key(found - 1);
    if (std::ranges::equal(other, key)) return found - 1;
  }
}

void GroupTable::number_all(const uint8_t *keys, std::span<const uint32_t> ends, uint32_t *to) {
  std::array<uint64_t, kMostKeys> hashes;
  const auto key_at = [&](size_t i) {
    const uint32_t begin = i == 0 ? 0 : ends[i - 1];
    return std::span(keys + begin, ends[i] - begin);
  };
  for (size_t i = 0; i < ends.size(); i++) hashes[i] = hash_of(key_at(i));
  // A function of its own would have no effect that a compiler knows of, and would be left out.
  if (slots_.size() > kCachedSlots) {
    const size_t mask = slots_.size() - 1;
    for (size_t i = 0; i < ends.size(); i++) __builtin_prefetch(&slots_[hashes[i] & mask]);
    std::array<uint32_t, kMostKeys> likely;
    size_t count = 0;
    for (size_t i = 0; i < ends.size(); i++) {
      size_t at = hashes[i] & mask;
      while (slots_[at] != 0 && (slots_[at] & kTag) != (hashes[i] & kTag)) at = (at + 1) & mask;
      if (slots_[at] == 0) continue;
      likely[count] = static_cast<uint32_t>(slots_[at]) - 1;
      __builtin_prefetch(&ends_[likely[count++]]);
    }
    for (size_t i = 0; i < count; i++) {
      const auto key = this->key(likely[i]);
      __builtin_prefetch(key.data());
      // It may begin at the end of a line of the cache.
      __builtin_prefetch(key.data() + key.size() - 1);
    }
  }
  for (size_t i = 0; i < ends.size(); i++) to[i] = number(key_at(i), hashes[i]);
}

void GroupTable::grow() {
  std::vector<uint64_t> slots(slots_.size() * 2);
  const size_t mask = slots.size() - 1;
  for (uint32_t group = 0; group < size(); group++) {
    const uint64_t hash = hash_of(key(group));
    size_t at = hash & mask;
    while (slots[at] != 0) at = (at + 1) & mask;
    slots[at] = (hash & kTag) | (group + 1);
  }
  slots_.swap(slots);
}

std::vector<uint32_t> GroupTable::sorted() const {
  std::vector<uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return std::ranges::lexicographical_compare(key(a), key(b)); });
  return order;
}

uint64_t GroupTable::memory() const {
  return slots_.capacity() * sizeof slots_[0] + ends_.capacity() * sizeof ends_[0] + keys_.size();
}

void GroupTable::clear() {
  std::fill(slots_.begin(), slots_.end(), 0);
  ends_.clear();
  keys_.clear();
}

}  // namespace plughost
