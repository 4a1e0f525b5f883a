#include "os/thread/stop_signal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "os/system_failed.hpp"

namespace plughost {

StopSignal::StopSignal() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw SystemFailed("open a pipe");
  read_end_ = Descriptor(ends[0], true);
  write_end_ = Descriptor(ends[1], true);
}

void StopSignal::raise() {
  if (raised_.exchange(true)) return;
  // One byte that is never read keeps the pipe readable for every later poll.
  while (write(write_end_.get(), "", 1) < 0 && errno == EINTR) continue;
}

StopSignal::Ready StopSignal::wait(int fd, Event event, int timeout_ms) const {
  for (;;) {
    pollfd polled[2] = {{fd, static_cast<short>(event == Event::readable ? POLLIN : POLLOUT), 0},
                        {read_end_.get(), POLLIN, 0}};
    const int ready = ::poll(polled, 2, timeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (polled[1].revents != 0) return Ready::stopped;
    return ready == 0 ? Ready::timeout : Ready::descriptor;
  }
}

}  // namespace plughost
