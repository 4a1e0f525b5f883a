// A copy of a file that no process can change.
// Platform: memfd_create and F_ADD_SEALS. To port it, copy to a file that only this process can open.
#pragma once

#include <string>

#include "os/file/descriptor.hpp"

namespace plughost {

// Copies a regular file into memory that has no name in any file system, and seals it. Then no process that has the
// descriptor can write to it, so every reader sees the same bytes, even if the file changes. The system frees the
// memory with the last descriptor and mapping.
class SealedFile {
 public:
  // Throws std::system_error when the file cannot be read, and SystemFailed when the system gives no such memory.
  explicit SealedFile(const std::string &path);

  int descriptor() const { return descriptor_.get(); }

 private:
  Descriptor descriptor_;
};

}  // namespace plughost
