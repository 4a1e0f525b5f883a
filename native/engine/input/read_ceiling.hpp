// Measures how fast this machine reads a file. No run over the file can be faster.
#pragma once

#include <cstdint>

#include "os/file/descriptor.hpp"

namespace plughost {

struct ReadCeiling {
  uint64_t bytes = 0;       // bytes that were read
  uint64_t lines = 0;       // lines in them
  uint64_t elapsed_ns = 0;  // from the first read to the last
  const char *form = "";    // as form_of returns it
};

// Reads a regular file from its beginning in the blocks of a run and counts the lines, on `workers` threads including
// the calling one. There are no stages, no order and no reading ahead. Stops early where the file cannot be read.
// Throws std::bad_alloc and std::system_error.
ReadCeiling read_ceiling(Descriptor file, unsigned workers);

}  // namespace plughost
