#include "os/thread/signals.hpp"

#include <signal.h>

namespace plughost {

void block_all_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace plughost
