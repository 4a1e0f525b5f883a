// Signals of the calling thread.
// Platform: pthread_sigmask.
#pragma once

namespace plughost {

// Blocks all signals for this thread, so that the program's own threads take them. A child that the thread starts by
// spawn() has the system's own settings all the same.
void block_all_signals();

}  // namespace plughost
