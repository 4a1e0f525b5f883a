#include "runner/sandbox/landlock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "os/file/descriptor.hpp"

namespace plughost::runner {
namespace {

// From the kernel's linux/landlock.h, which is missing or incomplete on older systems.
constexpr unsigned kAskVersion = 1u << 0;
constexpr int kPathBeneath = 1;
constexpr uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadDir = 1 << 3;
constexpr uint64_t kFirstRights = (1 << 13) - 1;  // all rights of version 1
constexpr uint64_t kRefer = 1 << 13, kTruncate = 1 << 14, kIoctlDevice = 1 << 15;
constexpr uint64_t kTcp = 3;     // bind, connect
constexpr uint64_t kScopes = 3;  // abstract sockets, signals

struct Ruleset {
  uint64_t files, network, scoped;
};
struct PathBeneath {
  uint64_t rights;
  int32_t parent;
} __attribute__((packed));

uint64_t file_rights(int version) {
  uint64_t rights = kFirstRights;
  if (version >= 2) rights |= kRefer;
  if (version >= 3) rights |= kTruncate;
  if (version >= 5) rights |= kIoctlDevice;
  return rights;
}

// Adds a rule for a path, unless the path is missing and may be. Returns false with errno.
bool add(int rules, const GrantedPath &granted, uint64_t rights) {
  const Descriptor file(open(granted.path.c_str(), O_PATH | O_CLOEXEC), true);
  struct stat status;
  const bool there = file.get() >= 0 && fstat(file.get(), &status) == 0;
  const auto is_same = [&] {
    return granted.identity == kAnything ||
           granted.identity == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  };
  if (!granted.identity.empty() && !(there && is_same())) {
    errno = ESTALE;
    return false;
  }
  if (!there) return true;
  // Landlock refuses rights of folders for a file.
  if (!S_ISDIR(status.st_mode)) rights &= kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDevice;
  const PathBeneath rule{rights, file.get()};
  return syscall(kLandlockAdd, rules, kPathBeneath, &rule, 0) == 0;
}

}  // namespace

int landlock_version() {
  const long version = syscall(kLandlockCreate, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

bool confine_files(int version, const std::vector<GrantedPath> &readable, const std::vector<GrantedPath> &writable) {
  const uint64_t files = file_rights(version);
  const Ruleset wanted{files, version >= 4 ? kTcp : 0, version >= 6 ? kScopes : 0};
  const size_t size = version >= 6 ? sizeof wanted : version >= 4 ? 16 : 8;
  const Descriptor rules(static_cast<int>(syscall(kLandlockCreate, &wanted, size, 0)), true);
  if (rules.get() < 0) return false;
  for (const GrantedPath &path : readable)
    if (!add(rules.get(), path, kReadFile | kReadDir)) return false;
  for (const GrantedPath &path : writable)
    if (!add(rules.get(), path, files & ~(kExecute | kIoctlDevice))) return false;
  return syscall(kLandlockRestrict, rules.get(), 0) == 0;
}

}  // namespace plughost::runner
