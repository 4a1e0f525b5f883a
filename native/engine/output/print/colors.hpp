// The colours of printed lines: those of grep and ripgrep.
#pragma once

#include <string_view>

#include "engine/plugin/sink.hpp"

namespace plughost {

// Escape sequences of terminals (ECMA-48 SGR). kPlain ends each of the others.
namespace color {
constexpr std::string_view kName = "\x1b[35m";
constexpr std::string_view kNumber = "\x1b[32m";
constexpr std::string_view kSeparator = "\x1b[36m";
constexpr std::string_view kMatch = "\x1b[1;31m";
constexpr std::string_view kPlain = "\x1b[0m";
}  // namespace color

// Appends a text, in `color` if `colored` and the text is not empty. Throws std::bad_alloc.
inline void put_in_color(bool colored, std::string_view color, std::string_view text, ByteBuffer *out) {
  const bool visible = colored && !text.empty();
  if (visible) out->put(color);
  out->put(text);
  if (visible) out->put(color::kPlain);
}

}  // namespace plughost
