#include "child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "engine/descriptor.hpp"

namespace plughost::isolation {

void Child::signal(int number) const {
  std::lock_guard lock(mutex_);
  // It fails only for a child that is dead.
  if (!buried_) ::kill(pid_, number);
}

uint64_t Child::starved_ns() const {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/schedstat", pid_);
  const Descriptor file(open(path, O_RDONLY | O_CLOEXEC), true);
  char text[128];
  const ssize_t got = file.get() >= 0 ? ::read(file.get(), text, sizeof text - 1) : 0;
  if (got <= 0) return 0;
  text[got] = 0;
  char *second = nullptr;
  std::strtoull(text, &second, 10);
  return std::strtoull(second, nullptr, 10);
}

void Child::await_death() {
  siginfo_t info;
  // It stays a zombie, so that its number, which is also that of its group, cannot become another's. The call fails
  // only when somebody else in this process has reaped it.
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  dead_.store(true, std::memory_order_release);
}

void Child::bury() {
  std::lock_guard lock(mutex_);
  buried_ = true;
  int status = 0;
  rusage used{};
  siginfo_t info;
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) != 0) {
    // How it ended is known to whoever reaped it. What is not told by a trace is most likely this.
    ending_.signal = SIGKILL;
    return;
  }
  // What the child left behind in its group goes too.
  ::kill(-pid_, SIGKILL);
  if (wait4(pid_, &status, 0, &used) != pid_) return;
  if (WIFSIGNALED(status)) ending_.signal = WTERMSIG(status);
  if (WIFEXITED(status)) ending_.status = WEXITSTATUS(status);
  ending_.peak_memory = static_cast<uint64_t>(used.ru_maxrss) << 10;
}

void Child::end(const std::string &said) {
  ending_.said = said;
  ended_.store(true, std::memory_order_release);
}

}  // namespace plughost::isolation
