// Recognises the format or the encoding of a file by its first bytes.
#pragma once

#include <cstdint>

namespace plughost {

// Returns the format or the encoding of a regular file from byte `from` on, such as "gzip" or "UTF-16". Returns an
// empty text for plain UTF-8, and for a file that cannot be read. [any]
const char *form_of(int file, uint64_t from);

}  // namespace plughost
