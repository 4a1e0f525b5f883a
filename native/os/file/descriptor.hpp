// A descriptor of an open file, pipe or socket, which may be ours to close.
// Platform: POSIX descriptors. F_DUPFD_CLOEXEC, O_NONBLOCK and, where there is one, F_SETPIPE_SZ.
#pragma once

#include <utility>

namespace plughost {

// Closes the descriptor at its end, if it is owned. -1: none.
class Descriptor {
 public:
  Descriptor(int fd, bool owned) : fd_(fd), owned_(owned) {}
  Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)), owned_(other.owned_) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(owned_, other.owned_);
    return *this;
  }
  ~Descriptor() {
    if (owned_ && fd_ >= 0) close();
  }
  int get() const { return fd_; }

 private:
  void close() const;

  int fd_;
  bool owned_;
};

// Returns another descriptor of the same open file, with a number above those of the standard streams; -1 with an errno
// when there is none to be had. Programs that this process starts do not inherit it. [any]
Descriptor duplicate(int fd);

// From now on reading gives EAGAIN instead of waiting, for everyone who has the open file. Throws SystemFailed. [any]
void do_not_wait(const Descriptor &descriptor);

// Lets a pipe hold up to `bytes`. Does nothing to what is no pipe, or where the system refuses. [any]
void enlarge_pipe(const Descriptor &descriptor, int bytes);

}  // namespace plughost
