// A time zone: how far local time is ahead of UTC, and when that changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace plughost {

// From a nanosecond since 1970 on, local time is this many nanoseconds ahead of UTC.
struct ZoneOffset {
  int64_t from;
  int64_t offset;
};

// Returns how far a value is past the begin of its step: the rest of `value + shift`, a sum that may leave the range,
// by `width`, which is less than 2^62. [any]
inline int64_t rest_of(int64_t value, int64_t shift, int64_t width) {
  int64_t sum = 0;
  const bool leaves = __builtin_add_overflow(value, shift, &sum);
  const int64_t rest = leaves ? (value % width + shift % width) % width : sum % width;
  return rest < 0 ? rest + width : rest;
}

class Zone {
 public:
  // The furthest that local time may be from UTC.
  static constexpr int64_t kMaxOffset = 24 * 3'600'000'000'000;

  // `offsets` ascend, and there is at least one. The first also holds for what is before it. No offset is more than
  // kMaxOffset.
  explicit Zone(std::vector<ZoneOffset> offsets) : offsets_(std::move(offsets)) {}

  int64_t offset_at(int64_t time) const { return offsets_[index_at(time)].offset; }

  // Returns the begin of the step of `width` nanoseconds that holds a time. Steps are cut by local time, from `shift`
  // before 1970 on. A step of more than an hour that contains a change of the clocks is longer or shorter by it. An
  // hour that clocks show twice is two steps of an hour.
  int64_t cut(int64_t time, int64_t width, int64_t shift) const;

 private:
  size_t index_at(int64_t time) const;

  const std::vector<ZoneOffset> offsets_;
};

}  // namespace plughost
