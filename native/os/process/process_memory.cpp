#include "os/process/process_memory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "os/file/close_folder.hpp"

namespace plughost {
namespace {

// How many descriptors are looked at, in case a process has opened very many.
constexpr size_t kMaxDescriptors = 1024;
constexpr size_t kMaxText = 4096;

std::string path_of(pid_t process, const char *name) { return "/proc/" + std::to_string(process) + "/" + name; }

Descriptor open_file(const std::string &path) { return {open(path.c_str(), O_RDONLY | O_CLOEXEC), true}; }

// Returns the first kMaxText bytes of the file; empty when it cannot be read.
std::string text_of(const Descriptor &file) {
  std::string text(kMaxText, '\0');
  const ssize_t got = file.get() >= 0 ? pread(file.get(), text.data(), text.size(), 0) : 0;
  text.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

// Returns the bytes of a line such as `VmSwap:   12 kB`; 0 when there is no such line.
uint64_t bytes_behind(const std::string &text, std::string_view name) {
  size_t at = 0;
  while ((at = text.find(name, at)) != std::string::npos && at > 0 && text[at - 1] != '\n') at++;
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + name.size(), nullptr, 10) << 10;
}

// Calls `take` with each name in a folder that begins with a digit, until it returns false.
template <typename Take>
void each_number(const std::string &path, Take take) {
  const std::unique_ptr<DIR, CloseFolder> folder(opendir(path.c_str()));
  if (!folder) return;
  while (const dirent *entry = readdir(folder.get()))
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) != 0 && !take(entry->d_name)) return;
}

pid_t group_of(pid_t process) {
  const std::string text = text_of(open_file(path_of(process, "stat")));
  // State, parent and group follow the name, which may hold any bytes.
  const size_t name_end = text.rfind(')');
  char state = 0;
  int parent = 0, group = 0;
  if (name_end == std::string::npos) return -1;
  return std::sscanf(text.c_str() + name_end + 1, " %c %d %d", &state, &parent, &group) == 3 ? group : -1;
}

}  // namespace

ProcessMemory::ProcessMemory(pid_t process) : process_(process), short_(open_file(path_of(process, "statm"))) {}

uint64_t ProcessMemory::anonymous() const {
  static const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  unsigned long long size = 0, resident = 0, common = 0;
  if (std::sscanf(text_of(short_).c_str(), "%llu %llu %llu", &size, &resident, &common) != 3) return 0;
  return (resident - std::min(resident, common)) * page;
}

std::optional<MemoryUse> ProcessMemory::use() const {
  const std::string text = text_of(open_file(path_of(process_, "status")));
  if (text.empty()) return std::nullopt;
  return MemoryUse{bytes_behind(text, "RssAnon:") + bytes_behind(text, "VmSwap:") +
                       bytes_behind(text, "HugetlbPages:") + bytes_behind(text, "VmPTE:"),
                   bytes_behind(text, "RssShmem:")};
}

uint64_t held_by(const Descriptor &file) {
  struct stat status;
  const bool known = file.get() >= 0 && fstat(file.get(), &status) == 0;
  return known ? static_cast<uint64_t>(status.st_blocks) * 512 : 0;
}

uint64_t held_by_descriptors(pid_t process) {
  std::set<std::pair<dev_t, ino_t>> counted;
  uint64_t bytes = 0;
  size_t seen = 0;
  each_number(path_of(process, "fd"), [&](const char *number) {
    const std::string path = path_of(process, "fd/") + number;
    char target[16] = {};
    if (readlink(path.c_str(), target, sizeof target - 1) < 0) return false;
    struct stat status;
    const bool nameless = std::strncmp(target, "/memfd:", 7) == 0 || std::strncmp(target, "/dev/shm/", 9) == 0;
    if (nameless && stat(path.c_str(), &status) == 0 && counted.insert({status.st_dev, status.st_ino}).second)
      bytes += static_cast<uint64_t>(status.st_blocks) * 512;
    return ++seen < kMaxDescriptors;
  });
  return bytes;
}

std::vector<pid_t> others_in_group(pid_t leader) {
  std::vector<pid_t> others;
  // The system counts up, and begins again at the end of its range.
  const bool anew = newest_process() < static_cast<uint64_t>(leader);
  each_number("/proc", [&](const char *name) {
    const pid_t process = std::atoi(name);
    if (process != leader && (anew || process > leader) && group_of(process) == leader) others.push_back(process);
    return true;
  });
  return others;
}

uint64_t newest_process() {
  const std::string text = text_of(open_file("/proc/loadavg"));
  const size_t last = text.rfind(' ');
  return last == std::string::npos ? 0 : std::strtoull(text.c_str() + last, nullptr, 10);
}

uint64_t fair_share(pid_t process) {
  const std::string text = text_of(open_file(path_of(process, "smaps_rollup")));
  return bytes_behind(text, "Pss_Anon:") + bytes_behind(text, "Pss_Shmem:") + bytes_behind(text, "SwapPss:");
}

}  // namespace plughost
