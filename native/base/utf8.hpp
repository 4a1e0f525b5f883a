// Checks UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace plughost {

// Returns the length of the well-formed UTF-8 sequence at `i` (Unicode 15, table 3-7), or 0 if there is none.
inline size_t utf8_sequence_at(std::string_view bytes, size_t i) {
  const auto at = [&](size_t k) { return k < bytes.size() ? static_cast<uint8_t>(bytes[k]) : uint8_t{0}; };
  const auto continues = [&](size_t k, uint8_t least = 0x80, uint8_t most = 0xbf) {
    return at(i + k) >= least && at(i + k) <= most;
  };
  const uint8_t lead = at(i);
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return continues(1) ? 2 : 0;
  if (lead < 0xf0) {
    const bool second = continues(1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf);
    return second && continues(2) ? 3 : 0;
  }
  if (lead > 0xf4) return 0;
  const bool second = continues(1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf);
  return second && continues(2) && continues(3) ? 4 : 0;
}

// Returns whether bytes are UTF-8.
inline bool is_utf8(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const size_t length = utf8_sequence_at(bytes, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

}  // namespace plughost
