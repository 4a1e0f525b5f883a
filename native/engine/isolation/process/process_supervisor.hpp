// Starts child processes, captures what they print, and notices at once when they end.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "os/process/child.hpp"
#include "os/thread/wake_event.hpp"

namespace plughost::isolation {

class MemoryWatch;

struct ChildSpec {
  std::string executable;
  std::string label;                     // the log's name for what the child prints
  std::vector<int> descriptors;          // become 3, 4, … in the child; borrowed
  std::vector<std::string> environment;  // NAME=VALUE
  int folder = -1;                       // its working folder; borrowed; -1: the root
  std::function<void()> on_end;          // the supervisor's thread calls it after Child::ended; it must not block
};

// One thread that lives as long as the process. The same thread must start all children, because the kernel kills a
// child when the thread that started it ends (PR_SET_PDEATHSIG). For each child another thread waits for its death:
// that works on every system, needs no descriptor, and takes no signal from the program that uses this library.
class ProcessSupervisor {
 public:
  // The supervisor of this process, which the first call starts. Throws SystemFailed when that fails.
  static ProcessSupervisor &process();

  // Starts a child. Throws SystemFailed and std::bad_alloc; then no process and no thread remains. [any]
  std::shared_ptr<Child> start(ChildSpec spec);
  // Checks the watch a few times a second until its owner destroys it. For children that may take memory while no
  // thread of the host waits for them. [any]
  void watch_memory(std::weak_ptr<MemoryWatch> watch);

 private:
  struct Supervised;
  struct StartOrder {
    ChildSpec spec;
    std::shared_ptr<Child> child;
    std::exception_ptr failure;
    bool done = false;
  };

  ProcessSupervisor();
  void main_loop();
  std::shared_ptr<Child> spawn_child(ChildSpec &spec);
  // Returns whether any watch is left.
  bool check_memory();
  void reap(Supervised *supervised);

  const WakeEvent wake_;
  std::mutex mutex_;  // guards orders_ and watches_
  std::condition_variable done_;
  std::deque<StartOrder *> orders_;
  std::vector<std::weak_ptr<MemoryWatch>> watches_;

  std::vector<std::unique_ptr<Supervised>> children_;  // used by the supervisor's thread alone
};

}  // namespace plughost::isolation
