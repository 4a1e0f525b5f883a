// A copy of a file that nobody can change.
#pragma once

#include <string>

#include "os/file/descriptor.hpp"

namespace plughost {

// Copies a regular file into memory that has no name in any file system, and seals it: neither this process nor any
// other that has the descriptor can write to it. So what was read of it once is what every later reader finds, whatever
// becomes of the file. The memory is given back when the last descriptor and mapping are gone.
class SealedFile {
 public:
  // Throws std::system_error for the file, and SystemFailed when the system has no memory of this kind to give.
  explicit SealedFile(const std::string &path);

  int descriptor() const { return descriptor_.get(); }

 private:
  Descriptor descriptor_;
};

}  // namespace plughost
