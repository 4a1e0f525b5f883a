// Reads the entries of a folder.
// Platform: readdir with d_type; fstatat where a file system does not tell the type.
#pragma once

#include <string>
#include <vector>

#include "base/named_enum.hpp"

namespace plughost {

// What an entry of a folder is. `other`: a device, a pipe or a socket.
PLUGHOST_NAMED_ENUM(EntryKind, file, directory, link, other)

struct FolderEntry {
  std::string name;
  EntryKind kind;  // of the entry itself: a link is not followed
};

// Returns the entries of a folder without `.` and `..`, ascending by the bytes of their names. Throws
// std::system_error. [any]
std::vector<FolderEntry> read_folder(const std::string &path);

}  // namespace plughost
