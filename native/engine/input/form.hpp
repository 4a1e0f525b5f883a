// Recognises the format or the encoding of a file by its first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace plughost {

// How many of the first bytes are looked at.
constexpr size_t kFormBytes = 16;

// Returns the format or the encoding of a file that begins with `first`, such as "gzip" or "UTF-16"; an empty text for
// plain UTF-8. Needs kFormBytes bytes, or all when the file is shorter. [any]
const char *form_of(std::span<const uint8_t> first);

// Does the same for a regular file from byte `from` on. Returns an empty text for a file that cannot be read. [any]
const char *form_of(int file, uint64_t from);

}  // namespace plughost
