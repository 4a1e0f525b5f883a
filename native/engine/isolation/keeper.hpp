// Starts child processes, takes what they print, and notices at once when they end.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/descriptor.hpp"

namespace plughost::isolation {

// How a child ended.
struct Ending {
  int signal = 0;  // that killed it; 0: it exited
  int status = 0;
  uint64_t peak_memory = 0;  // bytes
};

// A child process with a process group of its own.
class Child {
 public:
  Child() = default;
  ~Child();
  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;

  // [any]
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  const Ending &ending() const { return ending_; }  // once it has ended
  void signal(int number) const;
  // Nanoseconds that it was ready to run and another had the processor; 0 where the system does not tell.
  uint64_t starved_ns() const;
  pid_t pid() const { return pid_; }

 private:
  friend class Keeper;
  pid_t pid_ = -1;
  int process_ = -1;  // a pidfd, ours as long as somebody may use it
  std::atomic<bool> ended_{false};
  Ending ending_;
};

struct ChildSpec {
  std::string executable;
  std::string label;             // what it prints is logged under
  std::vector<int> descriptors;  // become 3, 4, … in the child; borrowed
  std::function<void()> on_end;  // by the keeper's thread, after Child::ended; it must not block
};

// One thread for the life of the process. A child asks to be killed when the thread that started it ends, so it must be
// one that stays.
class Keeper {
 public:
  static Keeper &process();

  // Throws std::system_error. [any]
  std::shared_ptr<Child> start(ChildSpec spec);

 private:
  struct Kept;
  struct Order {
    ChildSpec spec;
    std::shared_ptr<Child> child;
    int error = 0;
    bool done = false;
  };

  Keeper();
  void keep();
  void carry_out(Order *order);
  void reap(Kept *kept);

  int wake_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable done_;
  std::deque<Order *> orders_;

  std::vector<std::unique_ptr<Kept>> children_;  // the thread's own
};

}  // namespace plughost::isolation
