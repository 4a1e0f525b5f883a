// A child process.
// Platform: kill, waitid with WNOWAIT, wait4, clock_getcpuclockid, and the states of threads in /proc.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace plughost {

// How a child ended.
struct ExitStatus {
  int signal = 0;  // the signal that killed it; 0: it exited
  int status = 0;
  uint64_t peak_memory = 0;     // bytes
  std::string last_error_line;  // of its standard error

  bool killed() const;  // by SIGKILL
};

// What a child has done so far.
struct Activity {
  uint64_t processor_ns = 0;  // the processor time of all its threads
  bool ready = false;         // a thread runs or waits for a processor, or the process is dying
};

class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;

  // [any]
  pid_t pid() const { return pid_; }
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  const ExitStatus &exit_status() const { return exit_status_; }  // after ended() has returned true
  // Ends the child at once, unless it is dead. [any]
  void kill() const;
  // Sends kTraceSignal, unless the child is dead. [any]
  void ask_for_trace() const;
  // Values that the system does not report keep their defaults.
  Activity activity() const;

  // Only the supervisor calls these. `await_death` waits until the child is dead, without a descriptor or a signal
  // handler. After it, `reap` kills the rest of the process group and reads how the child ended. `set_ended` makes
  // ended() true.
  void await_death();
  bool dead() const { return dead_.load(std::memory_order_acquire); }
  void reap();
  void set_ended(const std::string &last_error_line);

 private:
  void signal(int number) const;

  const pid_t pid_;
  std::atomic<bool> dead_{false};
  std::atomic<bool> ended_{false};
  ExitStatus exit_status_;
  mutable std::mutex mutex_;  // guards what follows
  bool reaped_ = false;       // the system may have given its number to another process
};

}  // namespace plughost
