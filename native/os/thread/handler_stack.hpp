// A stack for the handlers of signals, so that an overflow of the thread's own stack can be reported.
// Platform: sigaltstack and mmap.
#pragma once

#include <signal.h>

namespace plughost {

// Gives this thread such a stack as long as the object exists. Does nothing when there is no memory for it.
class HandlerStack {
 public:
  HandlerStack();
  ~HandlerStack();
  HandlerStack(const HandlerStack &) = delete;
  HandlerStack &operator=(const HandlerStack &) = delete;

 private:
  void *memory_ = nullptr;
  stack_t before_{};
};

// Gives this thread such a stack until it ends, unless it has one. For threads that are not the engine's. [any]
void ensure_handler_stack();

}  // namespace plughost
