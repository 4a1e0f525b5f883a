#include "os/file/outlet.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace plughost {
namespace {

#ifndef IOV_MAX
constexpr size_t IOV_MAX = 1024;
#endif

// The same pipe or terminal, opened anew, so that it can be non-blocking for this process alone. It may be another
// user's, or its reader is gone; then -1.
int open_anew(int fd) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

}  // namespace

Outlet::Outlet(int fd) : fd_(fd) {
  struct stat facts;
  if (fstat(fd, &facts) != 0) return;
  if (S_ISSOCK(facts.st_mode)) {
    kind_ = Kind::socket;
  } else if (S_ISFIFO(facts.st_mode) || (S_ISCHR(facts.st_mode) && isatty(fd))) {
    own_ = Descriptor(open_anew(fd), true);
    kind_ = own_.get() >= 0 ? Kind::own : Kind::shared;
  }
}

ssize_t Outlet::write(std::span<const iovec> pieces) {
  if (kind_ == Kind::shared) return write_little(pieces.front());
  const size_t count = std::min<size_t>(pieces.size(), IOV_MAX);
  if (kind_ != Kind::socket) return writev(fd(), pieces.data(), static_cast<int>(count));
  msghdr message{};
  message.msg_iov = const_cast<iovec *>(pieces.data());
  message.msg_iovlen = count;
  return sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// So much a pipe takes without waiting when poll says that there is room.
ssize_t Outlet::write_little(const iovec &piece) const {
  pollfd polled{fd_, POLLOUT, 0};
  const int ready = poll(&polled, 1, 0);
  if (ready == 0) errno = EAGAIN;
  if (ready <= 0) return -1;
  return ::write(fd_, piece.iov_base, std::min<size_t>(piece.iov_len, PIPE_BUF));
}

}  // namespace plughost
