// A file without a name, for what does not fit into memory.
// Platform: O_TMPFILE; where the file system has none, a file that is unlinked at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "os/file/descriptor.hpp"

namespace plughost {

// Thrown when a temporary file cannot be made, written or read.
struct TemporaryFileFailed {
  const char *operation;  // `make`, `write` or `read`
  int code;               // errno
  std::string folder;
};

// A file that disappears with the object.
class TemporaryFile {
 public:
  // Makes it in a folder. Throws TemporaryFileFailed. [any]
  explicit TemporaryFile(std::string folder);

  // Writes all bytes after those before. Throws TemporaryFileFailed.
  void write(std::span<const uint8_t> bytes) const;
  // Reads at most `size` bytes at byte `offset`, and returns how many; 0 at the end. Throws TemporaryFileFailed. [any]
  size_t read(uint64_t offset, void *to, size_t size) const;

 private:
  std::string folder_;
  Descriptor file_;
};

}  // namespace plughost
