// Recognises compressed inputs by their first bytes.
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
  std::string_view first;                            // the bytes that an input begins with; '?' stands for any
  uint8_t mask;                                      // for the first of these bytes
  std::unique_ptr<Codec> (*make)(unsigned max_mib);  // null: plughost does not decode it
  const char *package;                               // the Debian package of its library; empty: none
  const char *tool;                                  // a command that decodes it to standard output
};

// The most bytes that are needed to recognise a format.
constexpr size_t kMaxFirst = 10;

// Returns the format of an input that begins with `first`, null for one that is not compressed, and nothing while more
// bytes are needed. `all`: no bytes follow `first`. The name of the input does not matter, because logs are rotated and
// redirected under any name. [any]
std::optional<const Format *> format_of(std::span<const uint8_t> first, bool all);

// Returns the first offset from `from` on at which the bytes look like the beginning of a member that the codec of
// `format` decodes; the size of the bytes if there is none. [any]
size_t find_member(const Format &format, std::span<const uint8_t> bytes, size_t from);

}  // namespace plughost
