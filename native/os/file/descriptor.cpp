#include "os/file/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "os/system_failed.hpp"

namespace plughost {

void Descriptor::close() const { ::close(fd_); }

Descriptor duplicate(int fd) { return {fcntl(fd, F_DUPFD_CLOEXEC, 3), true}; }

void do_not_wait(const Descriptor &descriptor) {
  if (fcntl(descriptor.get(), F_SETFL, O_NONBLOCK) != 0) throw SystemFailed("read a pipe without waiting");
}

void enlarge_pipe([[maybe_unused]] const Descriptor &descriptor, [[maybe_unused]] int bytes) {
#ifdef F_SETPIPE_SZ
  static_cast<void>(fcntl(descriptor.get(), F_SETPIPE_SZ, bytes));
#endif
}

}  // namespace plughost
