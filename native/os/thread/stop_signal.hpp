// A flag that a thread can wait for together with a descriptor.
// Platform: a pipe, and poll.
#pragma once

#include <atomic>

#include "os/file/descriptor.hpp"
#include "os/file/poll.hpp"

namespace plughost {

class StopSignal {
 public:
  // Throws SystemFailed.
  StopSignal();
  StopSignal(const StopSignal &) = delete;
  StopSignal &operator=(const StopSignal &) = delete;

  // Raises the flag for good, and ends every wait. [any]
  void raise();
  bool raised() const { return raised_.load(std::memory_order_relaxed); }

  enum class Ready { descriptor, stopped, timeout };
  // Waits until `fd` is ready for `event` or has failed, the flag is raised, or the time is over; -1 waits for ever.
  // [any]
  Ready wait(int fd, Event event, int timeout_ms) const;

 private:
  std::atomic<bool> raised_{false};
  Descriptor read_end_{-1, true};
  Descriptor write_end_{-1, true};
};

}  // namespace plughost
