// How fast this machine reads a file: what no run over it can be faster than.
#pragma once

#include <cstdint>

#include "os/file/descriptor.hpp"

namespace plughost {

struct ReadCeiling {
  uint64_t bytes = 0;       // that were read
  uint64_t lines = 0;       // in them
  uint64_t elapsed_ns = 0;  // from the first read to the last
  const char *form = "";    // what else than UTF-8 it is, such as gzip or UTF-16; empty for nothing else
};

// Reads a regular file from its beginning in the blocks of a run, and looks at every byte, on `workers` threads of
// which this is one. No stages, no order, and nobody reads ahead. Stops early where the file cannot be read. Throws
// std::bad_alloc and std::system_error.
ReadCeiling read_ceiling(Descriptor file, unsigned workers);

}  // namespace plughost
