// A file without a name, for what does not fit into memory.
// Platform: O_TMPFILE; where the file system has none, a file that is unlinked at once.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "os/file/descriptor.hpp"

namespace plughost {

// Makes a file in a folder that disappears with its descriptor. Throws SystemFailed. [any]
Descriptor make_temporary_file(const std::string &folder);

// Writes all bytes at the descriptor's position. Throws SystemFailed. [any]
void write_all(const Descriptor &file, std::span<const uint8_t> bytes);

}  // namespace plughost
