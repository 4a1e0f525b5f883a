// Waiting until descriptors can be read or written.
// Platform: poll.
#pragma once

#include <span>

namespace plughost {

enum class Event { readable, writable };

struct Polled {
  int descriptor;  // -1: never ready
  Event event;
  bool ready = false;  // also when it has failed or ended
};

// Waits until one of the descriptors is ready or the time is over; -1 waits for ever. Sets `ready` of each. Returns how
// many are ready, or -1 when the system refuses or a signal interrupts it, and then none is marked as ready. [any]
int poll(std::span<Polled> polled, int timeout_ms);

}  // namespace plughost
