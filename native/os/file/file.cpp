#include "os/file/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace plughost {
namespace {

int number_of(const Descriptor &folder) { return folder.get() < 0 ? AT_FDCWD : folder.get(); }

std::optional<FileStatus> status_of(int failed, const struct stat &status) {
  if (failed != 0) return std::nullopt;
  using Kind = FileStatus::Kind;
  const Kind kind = S_ISREG(status.st_mode) ? Kind::regular : S_ISDIR(status.st_mode) ? Kind::folder : Kind::other;
  return FileStatus{kind, static_cast<uint64_t>(status.st_size),
                    status.st_mtim.tv_sec * int64_t{1'000'000'000} + status.st_mtim.tv_nsec};
}

}  // namespace

Descriptor open_working_folder() {
#ifdef O_PATH
  constexpr int kSearch = O_PATH;
#else
  constexpr int kSearch = O_RDONLY;
#endif
  return {open(".", kSearch | O_DIRECTORY | O_CLOEXEC), true};
}

Descriptor open_to_read(const Descriptor &folder, const std::string &name) {
  return {openat(number_of(folder), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), true};
}

std::optional<FileStatus> status_of(int descriptor) {
  struct stat status;
  return status_of(fstat(descriptor, &status), status);
}

std::optional<FileStatus> status_of(const Descriptor &folder, const std::string &name) {
  struct stat status;
  return status_of(fstatat(number_of(folder), name.c_str(), &status, 0), status);
}

uint64_t position_of(int descriptor) {
  const off_t position = lseek(descriptor, 0, SEEK_CUR);
  return static_cast<uint64_t>(position > 0 ? position : 0);
}

}  // namespace plughost
