// A time as RFC 3339 writes it, with an offset.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plughost {

// The most bytes of such a time: 2026-01-31T10:30:00.123456789+01:00
constexpr size_t kMaxLocalTime = 40;

// Writes nanoseconds since 1970 as local time of a zone that is `offset` nanoseconds, a whole number of minutes, ahead
// of UTC. The fraction has no zeros at its end. Returns the number of bytes.
size_t write_local_time(int64_t time, int64_t offset, char *text);

}  // namespace plughost
