// What of the file system may be reached.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plughost::runner {

// The numbers of its calls, the same for every architecture; older systems' headers lack them.
constexpr int kLandlockCreate = 444;
constexpr int kLandlockAdd = 445;
constexpr int kLandlockRestrict = 446;

// The version of Landlock that the kernel has; 0: none.
int landlock_version();

constexpr std::string_view kAnything = "*";

// A file or a folder that may be reached.
struct Place {
  std::string path;
  // DEVICE:INODE of what must be there; kAnything: something must; empty: it may be missing.
  std::string identity;
};

// From now on, for all threads that are started later: files below `readable` may be read, those below `writable` also
// written, made and removed, and no others; no TCP, no signals to other processes, as far as the version goes. False
// and errno when the kernel does not take it; ESTALE when something else lies at a place.
bool confine_files(int version, const std::vector<Place> &readable, const std::vector<Place> &writable);

}  // namespace plughost::runner
