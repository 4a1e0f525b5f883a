// A descriptor of an open file, pipe or socket.
// Platform: POSIX descriptors. F_DUPFD_CLOEXEC, O_NONBLOCK and, where there is one, F_SETPIPE_SZ.
#pragma once

#include <utility>

namespace plughost {

// Closes the descriptor when the object ends, if it is owned. -1: no descriptor.
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

// Returns another descriptor of the same open file. Its number is above 2, and programs that this process starts do not
// inherit it. Returns -1 with an errno when the system refuses. [any]
Descriptor duplicate(int fd);

// From now on reading gives EAGAIN instead of waiting, in every process that has the open file. Throws SystemFailed.
// [any]
void do_not_wait(const Descriptor &descriptor);

// Makes the buffer of a pipe `bytes` large. Does nothing when it is not a pipe or the system refuses. [any]
void enlarge_pipe(const Descriptor &descriptor, int bytes);

}  // namespace plughost
