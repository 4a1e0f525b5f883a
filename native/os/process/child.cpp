#include "os/process/child.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>

#include "os/file/descriptor.hpp"

namespace plughost {
namespace {

// How many threads are looked at. A plugin can start thousands, and each takes time.
constexpr int kMaxThreads = 64;

// Returns the state of a thread from its stat file, where it follows the name, which may hold any bytes. Returns 0 when
// it cannot be read.
char state_of(int tasks, const char *thread) {
  char path[32];
  if (std::snprintf(path, sizeof path, "%s/stat", thread) >= static_cast<int>(sizeof path)) return 0;
  const Descriptor file(openat(tasks, path, O_RDONLY | O_CLOEXEC), true);
  char text[128];
  const ssize_t got = file.get() >= 0 ? ::read(file.get(), text, sizeof text - 1) : 0;
  if (got <= 0) return 0;
  text[got] = 0;
  const char *const after = std::strrchr(text, ')');
  return after && after[1] == ' ' ? after[2] : '\0';
}

// Whether a thread runs or waits for a processor, or all threads are dead.
bool any_thread_ready(pid_t pid) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d/task", pid);
  const std::unique_ptr<DIR, int (*)(DIR *)> tasks(opendir(path), closedir);
  if (!tasks) return false;
  bool any = false, all_dead = true;
  int left = kMaxThreads;
  for (const dirent *entry; left > 0 && (entry = readdir(tasks.get()));) {
    if (entry->d_name[0] == '.') continue;
    left--;
    any = true;
    const char state = state_of(dirfd(tasks.get()), entry->d_name);
    if (state == 'R') return true;
    all_dead = all_dead && (state == 'Z' || state == 'X');
  }
  return any && all_dead;
}

}  // namespace

bool ExitStatus::killed() const { return signal == SIGKILL; }

void Child::kill() const { signal(SIGKILL); }

void Child::ask_for_trace() const { signal(SIGUSR2); }

void Child::signal(int number) const {
  std::lock_guard lock(mutex_);
  // It fails only for a child that is dead.
  if (!reaped_) ::kill(pid_, number);
}

Activity Child::activity() const {
  std::lock_guard lock(mutex_);
  Activity activity;
  if (reaped_) return activity;
  clockid_t clock;
  timespec used;
  if (clock_getcpuclockid(pid_, &clock) == 0 && clock_gettime(clock, &used) == 0)
    activity.processor_ns = static_cast<uint64_t>(used.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(used.tv_nsec);
  activity.ready = any_thread_ready(pid_);
  return activity;
}

void Child::await_death() {
  siginfo_t info;
  // The child stays a zombie, so that the system cannot give its number, which is also that of its group, to another
  // process. The call fails only when other code in this process has reaped the child.
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  dead_.store(true, std::memory_order_release);
}

void Child::reap() {
  std::lock_guard lock(mutex_);
  reaped_ = true;
  int status = 0;
  rusage used{};
  siginfo_t info;
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) != 0) {
    // Other code has reaped the child and knows how it ended. Without a trace, SIGKILL is most likely.
    exit_status_.signal = SIGKILL;
    return;
  }
  // Kills the processes that the child has left in its group.
  ::kill(-pid_, SIGKILL);
  if (wait4(pid_, &status, 0, &used) != pid_) return;
  if (WIFSIGNALED(status)) exit_status_.signal = WTERMSIG(status);
  if (WIFEXITED(status)) exit_status_.status = WEXITSTATUS(status);
  exit_status_.peak_memory = static_cast<uint64_t>(used.ru_maxrss) << 10;
}

void Child::set_ended(const std::string &last_error_line) {
  exit_status_.last_error_line = last_error_line;
  ended_.store(true, std::memory_order_release);
}

}  // namespace plughost
