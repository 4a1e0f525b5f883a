// A child process, as those see it who wait for it.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace plughost {

// How a child ended.
struct Ending {
  int signal = 0;  // that killed it; 0: it exited
  int status = 0;
  uint64_t peak_memory = 0;  // bytes
  std::string said;          // the last line of its standard error

  bool killed() const;  // by SIGKILL
};

// What a child does at a moment.
struct Activity {
  uint64_t processor_ns = 0;  // that it has used so far, with all of its threads
  bool ready = false;         // one of its threads runs, or would if it were given a processor; or it is dying
};

class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;

  // [any]
  pid_t pid() const { return pid_; }
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  const Ending &ending() const { return ending_; }  // once it has ended
  // Ends the child at once, unless it is dead. [any]
  void kill() const;
  // Sends kTraceSignal, unless the child is dead. [any]
  void ask_for_trace() const;
  // What the system does not tell is left as it is.
  Activity activity() const;

  // For the supervisor alone. `await_death` waits, without a descriptor or a signal handler, until the child is dead;
  // `bury`, then, ends what is left of its process group and takes how it ended; `end` tells everybody.
  void await_death();
  bool dead() const { return dead_.load(std::memory_order_acquire); }
  void bury();
  void end(const std::string &said);

 private:
  void signal(int number) const;

  const pid_t pid_;
  std::atomic<bool> dead_{false};
  std::atomic<bool> ended_{false};
  Ending ending_;
  mutable std::mutex mutex_;  // guards what follows
  bool buried_ = false;       // its number may be another's
};

}  // namespace plughost
