#include "os/file/folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "os/file/close_folder.hpp"

namespace plughost {
namespace {

[[noreturn]] void throw_refused(int code) { throw std::system_error(code, std::generic_category(), "read a folder"); }

EntryKind kind_of(DIR *folder, const dirent &entry) {
  switch (entry.d_type) {
    case DT_REG:
      return EntryKind::file;
    case DT_DIR:
      return EntryKind::directory;
    case DT_LNK:
      return EntryKind::link;
    case DT_UNKNOWN:
      break;
    default:
      return EntryKind::other;
  }
  // Some file systems do not tell the type. An entry that was removed meanwhile counts as a file, so that opening it
  // reports that.
  struct stat status;
  if (fstatat(dirfd(folder), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return EntryKind::file;
  if (S_ISREG(status.st_mode)) return EntryKind::file;
  if (S_ISDIR(status.st_mode)) return EntryKind::directory;
  return S_ISLNK(status.st_mode) ? EntryKind::link : EntryKind::other;
}

}  // namespace

std::vector<FolderEntry> read_folder(const std::string &path) {
  const std::unique_ptr<DIR, CloseFolder> folder(opendir(path.c_str()));
  if (!folder) throw_refused(errno);
  std::vector<FolderEntry> entries;
  for (;;) {
    errno = 0;
    const dirent *const entry = readdir(folder.get());
    if (!entry && errno != 0) throw_refused(errno);
    if (!entry) break;
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    entries.push_back({entry->d_name, kind_of(folder.get(), *entry)});
  }
  std::sort(entries.begin(), entries.end(), [](const auto &a, const auto &b) { return a.name < b.name; });
  return entries;
}

}  // namespace plughost
