#include "os/file/temporary_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "os/system_failed.hpp"

namespace plughost {

Descriptor make_temporary_file(const std::string &folder) {
  Descriptor file(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), true);
  if (file.get() >= 0) return file;
  std::string name = folder + "/plughost-XXXXXX";
  file = Descriptor(mkostemp(name.data(), O_CLOEXEC), true);
  if (file.get() < 0) throw SystemFailed("make a temporary file");
  unlink(name.c_str());
  return file;
}

void write_all(const Descriptor &file, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      throw SystemFailed("write a temporary file");
    }
  }
}

}  // namespace plughost
