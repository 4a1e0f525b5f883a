// Reading from descriptors.
// Platform: pread and read.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plughost {

struct ReadResult {
  size_t size = 0;  // bytes that were read; 0 at the end of the file, or when it failed
  int error = 0;    // errno; 0: none
};

// Reads at most `size` bytes at byte `offset` of a file; the descriptor's own position stays. May read fewer bytes
// before the end of the file. [any]
ReadResult read_at(int descriptor, uint64_t offset, void *to, size_t size);

// Reads at most `size` bytes at the descriptor's position. A signal may interrupt it with EINTR. [any]
ReadResult read_next(int descriptor, void *to, size_t size);

}  // namespace plughost
