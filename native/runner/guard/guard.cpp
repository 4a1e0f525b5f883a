#include "runner/guard/guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace plughost::runner {
namespace {

constexpr int kLifeline = 0;
constexpr int kReport = 3;
constexpr int kFirstInherited = 4;

constexpr int kMisused = 2;

// Writes a line of the report. The host may be gone, which is no failure.
void report(const char *word, int value) {
  char line[32];
  const int size = std::snprintf(line, sizeof line, "%s %d\n", word, value);
  while (write(kReport, line, static_cast<size_t>(size)) < 0 && errno == EINTR) continue;
}

// Replaces this process, a fork of the guard, by the program. Writes an errno to `failure`, which execvp closes.
[[noreturn]] void become(char **program, int count, pid_t guard, int failure) {
  // The program ends with the guard too, should something kill the guard itself.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != guard) _exit(kMisused);
  setpgid(0, 0);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, kLifeline);
  // The inherited descriptors move down by one, over the report. Then the last one is there twice.
  for (int i = 0; i < count; i++) dup2(kFirstInherited + i, kReport + i);
  close(kReport + count);
  execvp(program[0], program);
  const int code = errno;
  if (write(failure, &code, sizeof code) < 0) _exit(kMisused);
  _exit(kMisused);
}

struct Started {
  pid_t pid;
  int error;  // 0: the program runs
};

Started start(char **program, int count) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {-1, errno};
  const pid_t guard = getpid();
  const pid_t pid = fork();
  if (pid < 0) return {-1, errno};
  if (pid == 0) become(program, count, guard, fcntl(ends[1], F_DUPFD_CLOEXEC, kFirstInherited + count));
  close(ends[1]);
  int error = 0;
  ssize_t got;
  while ((got = read(ends[0], &error, sizeof error)) < 0 && errno == EINTR) continue;
  close(ends[0]);
  return {pid, got == sizeof error ? error : 0};
}

// Closes the guard's own copies of what the program inherited, so that a reader sees when the program closes its
// output.
void release_inherited(int count) {
  const int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nothing, STDOUT_FILENO);
  dup2(nothing, STDERR_FILENO);
  for (int i = 0; i < count; i++) close(kFirstInherited + i);
}

// Whether the program has ended. Reaps other processes that have become children of the guard, but leaves the program a
// zombie, so that the system cannot give its number to another process.
bool has_ended(pid_t program) {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return false;
    if (info.si_pid == program) return true;
    waitpid(info.si_pid, nullptr, 0);
  }
}

// Waits until the program has ended or must end.
void watch(pid_t program, int child_signals) {
  pollfd polled[] = {{kLifeline, POLLIN, 0}, {child_signals, POLLIN, 0}};
  for (;;) {
    if (poll(polled, 2, -1) < 0) continue;
    if (polled[1].revents != 0) {
      signalfd_siginfo info;
      if (read(child_signals, &info, sizeof info) < 0 && errno != EAGAIN && errno != EINTR) return;
      if (has_ended(program)) return;
    }
    if (polled[0].revents != 0) {
      char order = 0;
      const ssize_t got = read(kLifeline, &order, 1);
      if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return;
      if (got == 1 && order == 't') kill(program, SIGTERM);
    }
  }
}

// Kills the children that the guard has now. Returns false when the system does not list them.
bool kill_children() {
  const int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[4096];
  const ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  if (got < 0) return false;
  text[got] = 0;
  // A number at the end of a full buffer may be cut off. The next round reads it.
  for (char *rest = text;;) {
    char *end = nullptr;
    const long pid = std::strtol(rest, &end, 10);
    if (end == rest || *end != ' ') return true;
    kill(static_cast<pid_t>(pid), SIGKILL);
    rest = end;
  }
}

// Kills and reaps all descendants. A process whose parent ends becomes a child of the guard.
void end_descendants() {
  for (;;) {
    const bool listed = kill_children();
    if (waitpid(-1, nullptr, listed ? 0 : WNOHANG) <= 0 && errno != EINTR) return;
  }
}

}  // namespace

int guard(int count, char **words) {
  if (count < 3) return kMisused;
  const std::filesystem::path folder = words[0];
  const int inherited = std::atoi(words[1]);
  // Only the lifeline ends the guard.
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE}) signal(number, SIG_IGN);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, nullptr);
  const int child_signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  prctl(PR_SET_CHILD_SUBREAPER, 1);

  const Started program = start(words + 2, inherited);
  release_inherited(inherited);
  siginfo_t end{};
  if (program.error == 0) {
    report("started", program.pid);
    watch(program.pid, child_signals);
    kill(-program.pid, SIGKILL);
    kill(program.pid, SIGKILL);
    while (waitid(P_PID, static_cast<id_t>(program.pid), &end, WEXITED) != 0 && errno == EINTR) continue;
  }
  end_descendants();
  std::error_code ignored;
  if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
  if (program.error != 0)
    report("refused", program.error);
  else
    report(end.si_code == CLD_EXITED ? "exited" : "killed", end.si_status);
  return 0;
}

}  // namespace plughost::runner
