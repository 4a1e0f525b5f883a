// Adjacent lines of one text of a block.
#pragma once

#include <cstdint>
#include <type_traits>

namespace plughost {

// Adjacent lines of one text, newlines included: the bytes [begin, end) of the text.
struct Range {
  uint32_t begin;
  uint32_t end;
  uint32_t text = 0;

  bool operator==(const Range &) const = default;
};
// Runners and the host copy ranges through shared memory byte by byte.
static_assert(std::is_trivially_copyable_v<Range> && sizeof(Range) == 12);

}  // namespace plughost
