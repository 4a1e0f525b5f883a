#include "os/file/outlet.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string>

namespace plughost {
namespace {

#ifndef IOV_MAX
constexpr size_t IOV_MAX = 1024;
#endif

static_assert(sizeof(OutputPiece) == sizeof(iovec) && offsetof(OutputPiece, data) == offsetof(iovec, iov_base) &&
              offsetof(OutputPiece, size) == offsetof(iovec, iov_len));

iovec *vectors_of(std::span<const OutputPiece> pieces) {
  return reinterpret_cast<iovec *>(const_cast<OutputPiece *>(pieces.data()));
}

// Opens the same pipe or terminal again, so that it is non-blocking for this process alone. Returns -1 when it belongs
// to another user, or its reader is gone.
int open_anew(int fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

}  // namespace

Outlet::Outlet(int fd) : fd_(fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return;
  if (S_ISSOCK(status.st_mode)) {
    kind_ = Kind::socket;
  } else if (S_ISFIFO(status.st_mode) || (S_ISCHR(status.st_mode) && isatty(fd))) {
    own_ = Descriptor(open_anew(fd), true);
    kind_ = own_.get() >= 0 ? Kind::own : Kind::shared;
  }
}

std::ptrdiff_t Outlet::write(std::span<const OutputPiece> pieces) {
  if (kind_ == Kind::shared) return write_little(pieces.front());
  const size_t count = std::min<size_t>(pieces.size(), IOV_MAX);
  if (kind_ != Kind::socket) return writev(fd(), vectors_of(pieces), static_cast<int>(count));
  msghdr message{};
  message.msg_iov = vectors_of(pieces);
  message.msg_iovlen = count;
  return sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// Writes at most PIPE_BUF bytes: a pipe takes that much without waiting when poll says that there is room.
std::ptrdiff_t Outlet::write_little(const OutputPiece &piece) const {
  pollfd polled{fd_, POLLOUT, 0};
  const int ready = poll(&polled, 1, 0);
  if (ready == 0) errno = EAGAIN;
  if (ready <= 0) return -1;
  return ::write(fd_, piece.data, std::min<size_t>(piece.size, PIPE_BUF));
}

}  // namespace plughost
