#include "os/thread/wake_event.hpp"

#include <sys/eventfd.h>

#include "os/system_failed.hpp"

namespace plughost {

WakeEvent::WakeEvent() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), true) {
  if (descriptor_.get() < 0) throw SystemFailed("create an event");
}

// Fails only after 2^64 wakes without a clear, and then the event is set already.
void WakeEvent::wake() const { static_cast<void>(eventfd_write(descriptor_.get(), 1)); }

void WakeEvent::clear() const {
  eventfd_t ignored;
  static_cast<void>(eventfd_read(descriptor_.get(), &ignored));
}

}  // namespace plughost
