// Limits the files that the process can reach, by Landlock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plughost::runner {

// Numbers of Landlock's system calls, the same on every architecture. Older headers do not have them.
constexpr int kLandlockCreate = 444;
constexpr int kLandlockAdd = 445;
constexpr int kLandlockRestrict = 446;

// Returns the version of Landlock in the kernel; 0: none.
int landlock_version();

// GrantedPath::identity of a file that may have changed since the host saw it.
constexpr std::string_view kAnything = "*";

// A file or folder that the plugin may use.
struct GrantedPath {
  std::string path;
  // DEVICE:INODE of the file that must be there. kAnything: some file must be there. Empty: it may be missing.
  std::string identity;
};

// Confines the calling thread, and threads that it starts later, for good. They may read files below `readable`, and
// read, write, create and remove files below `writable`, and no others. As far as `version` can, it also forbids TCP
// and signals to other processes. Returns false with errno when the kernel refuses, or with ESTALE when a granted file
// is missing or was replaced.
bool confine_files(int version, const std::vector<GrantedPath> &readable, const std::vector<GrantedPath> &writable);

}  // namespace plughost::runner
