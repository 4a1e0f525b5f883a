// Opens files to read, and tells kind, size and position of a file.
// Platform: openat, fstat, fstatat and lseek; a descriptor of a folder, in which names are looked up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "os/file/descriptor.hpp"

namespace plughost {

struct FileStatus {
  enum class Kind { regular, folder, other };
  Kind kind;
  uint64_t size;        // of a regular file, in bytes; files of /proc and /sys have 0
  int64_t modified_ns;  // when its bytes were written last, since 1970
};

// Opens the working folder, so that names can be looked up in it after the process has changed to another folder.
// Returns -1 when the system refuses. [any]
Descriptor open_working_folder();

// Opens a file to read. Looks up a relative name in `folder`, or in the working folder when that is -1. Does not wait
// for the writer of a FIFO, and does not make a terminal the controlling terminal of the process. Returns -1 with an
// errno when the system refuses. [any]
Descriptor open_to_read(const Descriptor &folder, const std::string &name);

// Returns nothing with an errno when the system refuses. [any]
std::optional<FileStatus> status_of(int descriptor);
std::optional<FileStatus> status_of(const Descriptor &folder, const std::string &name);

// Returns the descriptor's position, in bytes; 0 when it has none, like a pipe. [any]
uint64_t position_of(int descriptor);

}  // namespace plughost
