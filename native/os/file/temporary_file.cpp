#include "os/file/temporary_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "os/file/read.hpp"

namespace plughost {
namespace {

Descriptor make_in(const std::string &folder) {
  Descriptor file(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), true);
  if (file.get() >= 0) return file;
  std::string name = folder + "/plughost-XXXXXX";
  file = Descriptor(mkostemp(name.data(), O_CLOEXEC), true);
  if (file.get() < 0) throw TemporaryFileFailed{"make", errno, folder};
  unlink(name.c_str());
  return file;
}

}  // namespace

TemporaryFile::TemporaryFile(std::string folder) : folder_(std::move(folder)), file_(make_in(folder_)) {}

void TemporaryFile::write(std::span<const uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      throw TemporaryFileFailed{"write", errno, folder_};
    }
  }
}

size_t TemporaryFile::read(uint64_t offset, void *to, size_t size) const {
  const ReadResult got = read_at(file_.get(), offset, to, size);
  if (got.error != 0) throw TemporaryFileFailed{"read", got.error, folder_};
  return got.size;
}

}  // namespace plughost
