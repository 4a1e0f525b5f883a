#include "engine/rows/time/zone.hpp"

#include <algorithm>

namespace plughost {
namespace {

constexpr int64_t kHour = 3'600'000'000'000;

}  // namespace

size_t Zone::index_at(int64_t time) const {
  const auto next = std::upper_bound(offsets_.begin(), offsets_.end(), time,
                                     [](int64_t at, const ZoneOffset &offset) { return at < offset.from; });
  return next == offsets_.begin() ? 0 : static_cast<size_t>(next - offsets_.begin()) - 1;
}

int64_t Zone::cut(int64_t time, int64_t width, int64_t shift) const {
  size_t index = index_at(time);
  const int64_t rest = rest_of(time, offsets_[index].offset + shift, width);
  // A step that begins before the first time of all is named by the time.
  int64_t begin = 0;
  if (__builtin_sub_overflow(time, rest, &begin)) return time;
  // So far the begin is right if the clocks did not change since. Otherwise the offset before the change counts.
  for (; index > 0; index--) {
    const int64_t changed = offsets_[index].from;
    const int64_t ahead = offsets_[index].offset - offsets_[index - 1].offset;
    const int64_t twice = width > kHour && ahead < 0 ? -ahead : 0;  // how long clocks show again what they have shown
    if (begin - changed >= twice) return begin;
    if (width <= kHour && ahead < 0) return changed;
    if (__builtin_add_overflow(begin, ahead, &begin)) return time;
    if (begin >= changed) return changed;  // clocks have skipped the begin
  }
  return begin;
}

}  // namespace plughost
