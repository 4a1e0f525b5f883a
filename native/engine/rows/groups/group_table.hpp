// The groups of one worker: keys and their numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/plugin/sink.hpp"

namespace plughost {

// Gives each key a number: 0 for the first, 1 for the next new one. An attacker who writes log lines chooses the keys.
// So the hash has a random seed that only this process knows, or many keys could collide. No output depends on the
// seed.
class GroupTable {
 public:
  GroupTable();

  using Bytes = std::span<const uint8_t>;

  // Returns the number of a key. Throws std::bad_alloc.
  uint32_t number(Bytes key);
  // Sets to[i] to the number of key i, for at most kMostKeys keys. The memory that each of them needs is fetched while
  // others are looked for, so this is several times as fast as number() if the table is larger than the caches. Throws
  // std::bad_alloc.
  void number_all(std::span<const Bytes> keys, uint32_t *to);
  // Does the same for keys that are a text each, without making the keys of those that are known. Returns false if
  // another way must be used from now on, for these texts too, because a text has a NUL and so is not as in its key.
  bool number_texts(std::span<const Bytes> texts, uint32_t *to);
  static constexpr size_t kMostKeys = 64;
  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  // Valid until the next call of number().
  Bytes key(uint32_t group) const {
    const uint64_t begin = group == 0 ? 0 : ends_[group - 1];
    return keys_.bytes().subspan(begin, ends_[group] - begin);
  }
  // Returns the numbers in the order of their keys. Throws std::bad_alloc.
  std::vector<uint32_t> sorted() const;
  uint64_t memory() const;
  // Forgets all keys, and keeps the memory.
  void clear();

 private:
  template <typename Kind>
  bool find_all(std::span<const Bytes> keys, uint32_t *to);
  void grow();

  // The low 32 bits are the number plus 1, or 0 for a free slot; the high ones belong to the hash.
  std::vector<uint64_t> slots_;
  std::vector<uint64_t> ends_;  // of each key, in keys_
  ByteBuffer keys_;
};

}  // namespace plughost
