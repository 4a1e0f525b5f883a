#include "engine/rows/groups/group_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <numeric>
#include <type_traits>

#include "engine/rows/groups/key.hpp"
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

// Returns a hash that only this process knows, of bytes and of what surrounds them.
uint64_t hash_of(GroupTable::Bytes bytes, uint8_t before, uint8_t after) {
  const Seeds &seed = seeds();
  const uint8_t *at = bytes.data();
  const size_t size = bytes.size();
  // The length tells keys of other lengths apart.
  uint64_t hash = seed.second ^ size ^ uint64_t { before } << 56 ^ uint64_t { after } << 48;
  // Both words together hold all bytes that are left, some of them twice.
  uint64_t first = 0;
  uint64_t second = 0;
  if (size > 16) {
    const uint8_t *const last = at + size - 16;
    for (; at < last; at += 16) hash = mixed(load8(at) ^ seed.first, load8(at + 8) ^ hash);
    first = load8(last);
    second = load8(last + 8);
  } else if (size >= 8) {
    first = load8(at);
    second = load8(at + size - 8);
  } else if (size >= 4) {
    first = load4(at);
    second = load4(at + size - 4);
  } else if (size > 0) {
    first = uint64_t{at[0]} << 16 | uint64_t{at[size / 2]} << 8 | at[size - 1];
  }
  hash = mixed(first ^ seed.first, second ^ hash);
  // The last bytes of a text can be chosen to undo what `before` and `after` did to the hash above. No text reaches the
  // number that they are combined with here.
  return mixed(hash ^ seed.first, seed.second ^ (uint64_t{before} << 8 | after));
}

// Hashes the text of a key as the text by itself is hashed.
uint64_t hash_of_key(GroupTable::Bytes key) {
  if (key.size() < 2) return hash_of({}, key.empty() ? 0 : key[0], 0);
  return hash_of(key.subspan(1, key.size() - 2), key.front(), key.back());
}

// What is looked for: keys as they stand in the table.
struct WholeKey {
  static uint64_t hash(GroupTable::Bytes key) { return hash_of_key(key); }
  static bool is(GroupTable::Bytes key, GroupTable::Bytes found) { return std::ranges::equal(key, found); }
  static void put(GroupTable::Bytes key, ByteBuffer *to) {
    if (!to->append(key.data(), key.size())) throw std::bad_alloc();
  }
};

// Texts without NUL, whose keys are the type, the text and the end.
struct TextKey {
  static uint64_t hash(GroupTable::Bytes text) { return hash_of(text, PLUG_TEXT, kEndOfText); }
  static bool is(GroupTable::Bytes text, GroupTable::Bytes found) {
    return found.size() == text.size() + 2 && std::ranges::equal(text, found.subspan(1, text.size()));
  }
  static void put(GroupTable::Bytes text, ByteBuffer *to) {
    uint8_t *const at = to->reserve(text.size() + 2);
    if (!at) throw std::bad_alloc();
    at[0] = PLUG_TEXT;
    std::ranges::copy(text, at + 1);
    at[1 + text.size()] = kEndOfText;
    to->commit(text.size() + 2);
  }
};

bool has_nul(GroupTable::Bytes text) { return !text.empty() && std::memchr(text.data(), 0, text.size()) != nullptr; }

}  // namespace

GroupTable::GroupTable() : slots_(kFirstSlots) {}

uint32_t GroupTable::number(Bytes key) {
  uint32_t found = 0;
  number_all({&key, 1}, &found);
  return found;
}

void GroupTable::number_all(std::span<const Bytes> keys, uint32_t *to) { find_all<WholeKey>(keys, to); }

bool GroupTable::number_texts(std::span<const Bytes> texts, uint32_t *to) { return find_all<TextKey>(texts, to); }

// Returns whether all keys were found or added.
template <typename Kind>
bool GroupTable::find_all(std::span<const Bytes> keys, uint32_t *to) {
  std::array<uint64_t, kMostKeys> hashes;
  for (size_t i = 0; i < keys.size(); i++) hashes[i] = Kind::hash(keys[i]);
  // A function of its own would have no effect that a compiler knows of, and would be left out.
  if (slots_.size() > kCachedSlots) {
    const size_t mask = slots_.size() - 1;
    for (size_t i = 0; i < keys.size(); i++) __builtin_prefetch(&slots_[hashes[i] & mask]);
    std::array<uint32_t, kMostKeys> likely;
    size_t count = 0;
    for (size_t i = 0; i < keys.size(); i++) {
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
  for (size_t i = 0; i < keys.size(); i++) {
    const uint64_t tag = hashes[i] & kTag;
    const size_t mask = slots_.size() - 1;
    size_t at = hashes[i] & mask;
    uint32_t found = 0;
    for (;; at = (at + 1) & mask) {
      found = static_cast<uint32_t>(slots_[at]);
      if (found == 0 || ((slots_[at] & kTag) == tag && Kind::is(keys[i], key(found - 1)))) break;
    }
    if (found == 0) {
      if (std::is_same_v<Kind, TextKey> && has_nul(keys[i])) return false;
      if (size() == UINT32_MAX - 1) throw std::bad_alloc();
      Kind::put(keys[i], &keys_);
      ends_.push_back(keys_.size());
      found = size();
      slots_[at] = tag | found;
      if (size_t{found} * 4 > slots_.size() * 3) grow();
    }
    to[i] = found - 1;
  }
  return true;
}

void GroupTable::grow() {
  std::vector<uint64_t> slots(slots_.size() * 2);
  const size_t mask = slots.size() - 1;
  for (uint32_t group = 0; group < size(); group++) {
    const uint64_t hash = hash_of_key(key(group));
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
