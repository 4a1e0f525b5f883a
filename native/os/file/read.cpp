#include "os/file/read.hpp"

#include <unistd.h>

#include <cerrno>

namespace plughost {
namespace {

ReadResult result_of(ssize_t got) {
  if (got < 0) return {0, errno};
  return {static_cast<size_t>(got), 0};
}

}  // namespace

ReadResult read_at(int descriptor, uint64_t offset, void *to, size_t size) {
  for (;;) {
    const ReadResult result = result_of(pread(descriptor, to, size, static_cast<off_t>(offset)));
    if (result.error != EINTR) return result;
  }
}

ReadResult read_next(int descriptor, void *to, size_t size) { return result_of(read(descriptor, to, size)); }

}  // namespace plughost
