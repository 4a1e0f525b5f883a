// The formats of compressed inputs, by their first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "engine/input/codecs/codec.hpp"

namespace plughost {

// A row of formats.def.
struct Format {
  const char *name;
  std::string_view first;            // the bytes that an input begins with; '?' stands for any
  uint8_t mask;                      // of the first of them
  std::unique_ptr<Codec> (*make)();  // null: nothing here decodes it
  const char *package;               // the library for it, in Debian; empty: there is none
  const char *tool;                  // a command that decodes it
};

// The most first bytes that it takes to tell.
constexpr size_t kMaxFirst = 10;

// Returns the format of an input that begins with these bytes, null for one that is not compressed, and nothing while
// more bytes could say something else. `all`: nothing follows them. Names do not matter, because logs are rotated,
// fetched and redirected under any. [any]
std::optional<const Format *> format_of(std::span<const uint8_t> first, bool all);

}  // namespace plughost
