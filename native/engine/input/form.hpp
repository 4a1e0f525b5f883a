// What the bytes of a file are, as far as the first of them tell.
#pragma once

#include <cstdint>

namespace plughost {

// Returns what a regular file is behind byte `from` of a descriptor, such as gzip or UTF-16; the empty text where it is
// to be read as it is, or cannot be read. [any]
const char *form_of(int file, uint64_t from);

}  // namespace plughost
