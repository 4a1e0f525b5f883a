// A flag that a thread can also poll for beside a descriptor.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "os/system_failed.hpp"

namespace plughost {

class StopSignal {
 public:
  StopSignal() {
    if (pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) throw SystemFailed("open a pipe");
  }
  ~StopSignal() {
    close(ends_[0]);
    close(ends_[1]);
  }
  StopSignal(const StopSignal &) = delete;
  StopSignal &operator=(const StopSignal &) = delete;

  void raise() {
    if (raised_.exchange(true)) return;
    // One byte that nobody reads keeps the pipe readable for every poll to come.
    while (write(ends_[1], "", 1) < 0 && errno == EINTR) continue;
  }
  bool raised() const { return raised_.load(std::memory_order_relaxed); }

  enum class Ready { descriptor, stopped, timeout };
  // Waits until `fd` is ready for `events` (or has failed), the signal is raised, or the time is over (-1: never).
  Ready wait(int fd, short events, int timeout_ms) const {
    for (;;) {
      pollfd polled[2] = {{fd, events, 0}, {ends_[0], POLLIN, 0}};
      const int ready = poll(polled, 2, timeout_ms);
      if (ready < 0 && errno == EINTR) continue;
      if (polled[1].revents != 0) return Ready::stopped;
      return ready == 0 ? Ready::timeout : Ready::descriptor;
    }
  }

 private:
  std::atomic<bool> raised_{false};
  int ends_[2];
};

}  // namespace plughost
