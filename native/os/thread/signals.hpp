// Signals of the calling thread.
// Platform: pthread_sigmask.
#pragma once

namespace plughost {

// Blocks all signals for this thread, so that the program's own threads take them. A child of spawn() has the default
// settings anyway.
void block_all_signals();

}  // namespace plughost
