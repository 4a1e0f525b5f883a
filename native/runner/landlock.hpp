// What of the file system may be reached.
#pragma once

#include <string>
#include <vector>

namespace plughost::runner {

// The numbers of its calls, the same for every architecture; older systems' headers lack them.
constexpr int kLandlockCreate = 444;
constexpr int kLandlockAdd = 445;
constexpr int kLandlockRestrict = 446;

// The version of Landlock that the kernel has; 0: none.
int landlock_version();

// From now on, for all threads that are started later: files below `readable` may be read, those below `writable` also
// written, made and removed, and no others; no TCP, no signals to other processes, as far as the version goes. Paths
// that are not there are left out. False and errno when the kernel does not take it.
bool confine_files(int version, const std::vector<std::string> &readable, const std::vector<std::string> &writable);

}  // namespace plughost::runner
