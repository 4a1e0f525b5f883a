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

// From the kernel's linux/landlock.h, which older systems have in part.
constexpr unsigned kAskVersion = 1u << 0;
constexpr int kPathBeneath = 1;
constexpr uint64_t kExecute = 1 << 0, kWriteFile = 1 << 1, kReadFile = 1 << 2, kReadDir = 1 << 3;
constexpr uint64_t kFirstRights = (1 << 13) - 1;  // version 1
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

bool add(int rules, const Place &wanted, uint64_t rights) {
  const Descriptor place(open(wanted.path.c_str(), O_PATH | O_CLOEXEC), true);
  struct stat facts;
  const bool there = place.get() >= 0 && fstat(place.get(), &facts) == 0;
  const auto is_wanted = [&] {
    return wanted.identity == kAnything ||
           wanted.identity == std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
  };
  if (!wanted.identity.empty() && !(there && is_wanted())) {
    errno = ESTALE;
    return false;
  }
  if (!there) return true;
  // Of a single file only what files have can be granted.
  if (!S_ISDIR(facts.st_mode)) rights &= kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDevice;
  const PathBeneath rule{rights, place.get()};
  return syscall(kLandlockAdd, rules, kPathBeneath, &rule, 0) == 0;
}

}  // namespace

int landlock_version() {
  const long version = syscall(kLandlockCreate, nullptr, 0, kAskVersion);
  return version > 0 ? static_cast<int>(version) : 0;
}

bool confine_files(int version, const std::vector<Place> &readable, const std::vector<Place> &writable) {
  const uint64_t files = file_rights(version);
  const Ruleset wanted{files, version >= 4 ? kTcp : 0, version >= 6 ? kScopes : 0};
  const size_t size = version >= 6 ? sizeof wanted : version >= 4 ? 16 : 8;
  const Descriptor rules(static_cast<int>(syscall(kLandlockCreate, &wanted, size, 0)), true);
  if (rules.get() < 0) return false;
  for (const Place &place : readable)
    if (!add(rules.get(), place, kReadFile | kReadDir)) return false;
  for (const Place &place : writable)
    if (!add(rules.get(), place, files & ~(kExecute | kIoctlDevice))) return false;
  return syscall(kLandlockRestrict, rules.get(), 0) == 0;
}

}  // namespace plughost::runner
