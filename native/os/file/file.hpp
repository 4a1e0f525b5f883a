// Opening files to read, and what is known of a file without reading it.
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
  uint64_t size;  // bytes, of a regular file; some files of /proc and /sys say 0
};

// Opens the working folder, so that names can be looked up in it after the process has changed to another one. -1 when
// the system refuses. [any]
Descriptor open_working_folder();

// Opens a file to read. `folder` is where a relative name is looked up; -1: in the working folder. Never waits for the
// writer of a FIFO, and never makes a terminal the process's own. -1 with an errno when the system refuses. [any]
Descriptor open_to_read(const Descriptor &folder, const std::string &name);

// Return nothing with an errno when the system refuses. [any]
std::optional<FileStatus> status_of(int descriptor);
std::optional<FileStatus> status_of(const Descriptor &folder, const std::string &name);

// Returns the descriptor's position, in bytes; 0 for what has no position. [any]
uint64_t position_of(int descriptor);

}  // namespace plughost
