// Starts child processes, takes what they print, and notices at once when they end.
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
  std::string label;                     // what it prints is logged under
  std::vector<int> descriptors;          // become 3, 4, … in the child; borrowed
  std::vector<std::string> environment;  // NAME=VALUE
  int folder = -1;                       // its working folder; borrowed; -1: the root
  std::function<void()> on_end;          // by the supervisor's thread, after Child::ended; it must not block
};

// One thread for the life of the process, because a child asks to be killed when the thread that started it ends. For
// each child another thread waits for its death: that works on every system, needs no descriptor of which there may be
// too few, and takes no signal from the program that this is a library of.
class ProcessSupervisor {
 public:
  // Throws SystemFailed when it is not there yet and cannot be.
  static ProcessSupervisor &process();

  // Throws SystemFailed and std::bad_alloc, and then there is neither a child nor anything else left of it. [any]
  std::shared_ptr<Child> start(ChildSpec spec);
  // From now on looks now and then, as long as there is somebody who has the watch: for children that may do something
  // while nobody waits for them. [any]
  void attend(std::weak_ptr<MemoryWatch> watch);

 private:
  struct Kept;
  struct Order {
    ChildSpec spec;
    std::shared_ptr<Child> child;
    std::exception_ptr failure;
    bool done = false;
  };

  ProcessSupervisor();
  void keep();
  std::shared_ptr<Child> carry_out(ChildSpec &spec);
  // Whether there is any left.
  bool look_after_memory();
  void reap(Kept *kept);

  const WakeEvent wake_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable done_;
  std::deque<Order *> orders_;
  std::vector<std::weak_ptr<MemoryWatch>> watches_;

  std::vector<std::unique_ptr<Kept>> children_;  // the thread's own
};

}  // namespace plughost::isolation
