// An event that wakes a thread which polls descriptors.
// Platform: eventfd; elsewhere a pipe serves.
#pragma once

#include "os/file/descriptor.hpp"

namespace plughost {

class WakeEvent {
 public:
  // Throws SystemFailed.
  WakeEvent();

  // Makes the descriptor readable until the next `clear`. [any]
  void wake() const;
  void clear() const;
  // The descriptor to poll.
  int descriptor() const { return descriptor_.get(); }

 private:
  const Descriptor descriptor_;
};

}  // namespace plughost
