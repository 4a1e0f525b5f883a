#include "os/process/crash_handler.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "os/process/signal_name.hpp"

namespace plughost {
namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
// The system does not pass the status to functions for quick_exit.
constexpr int kUnknown = INT_MIN;

EndHook end_hook = nullptr;
struct sigaction before[std::size(kSignals)];

// The addresses of what was loaded when the hook was installed.
struct {
  std::array<uintptr_t, 256> address;
  size_t count = 0;
} loaded;

bool was_loaded(const void *base) {
  const auto *const begin = loaded.address.data();
  const auto *const end = begin + loaded.count;
  return std::find(begin, end, reinterpret_cast<uintptr_t>(base)) != end;
}

void on_signal(int signal, siginfo_t *info, void *context) {
  const auto index = static_cast<size_t>(std::find(kSignals, std::end(kSignals), signal) - kSignals);
  const struct sigaction &earlier = before[index];
  char what[64];
  std::snprintf(what, sizeof what, "it crashed with %s", signal_name(signal));
  if (!end_hook(what) && (earlier.sa_flags & SA_SIGINFO) && earlier.sa_sigaction) {
    // The runtime of WebAssembly, for one, causes faults on purpose and handles them.
    earlier.sa_sigaction(signal, info, context);
    return;
  }
  // Returning repeats the fault, and the default action then leaves a core file as usual.
  struct sigaction end {};
  end.sa_handler = SIG_DFL;
  sigaction(signal, &end, nullptr);
  if (info->si_code <= 0) ::raise(signal);
}

void on_exit_call(int status, void *) {
  char what[64];
  if (status == kUnknown)
    std::snprintf(what, sizeof what, "it called quick_exit");
  else
    std::snprintf(what, sizeof what, "it called exit(%d)", status);
  if (end_hook(what)) _exit(kEndedByPlugin);
}

}  // namespace

void install_end_hook(EndHook hook) {
  static std::atomic<bool> done{false};
  if (done.exchange(true)) return;
  end_hook = hook;
  // The first walk of the stack loads a library, which no handler may do.
  void *frame[1];
  backtrace(frame, 1);
  dl_iterate_phdr(
      [](dl_phdr_info *object, size_t, void *) {
        if (loaded.count == loaded.address.size()) return 1;
        loaded.address[loaded.count++] = object->dlpi_addr;
        return 0;
      },
      nullptr);
  for (size_t i = 0; i < std::size(kSignals); i++) {
    struct sigaction action {};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(kSignals[i], &action, &before[i]);
  }
  on_exit(on_exit_call, nullptr);
  at_quick_exit([] { on_exit_call(kUnknown, nullptr); });
}

void install_fork_hook(void (*hook)()) { pthread_atfork(nullptr, nullptr, hook); }

void write_to_standard_error(const char *text, size_t size) {
  if (write(STDERR_FILENO, text, size) < 0) return;
}

bool claim_last_words() {
  static std::atomic<pid_t> claimed{0};
  const auto thread = static_cast<pid_t>(syscall(SYS_gettid));
  pid_t first = 0;
  if (claimed.compare_exchange_strong(first, thread)) return true;
  while (first != thread) pause();
  return false;
}

bool is_first_thread() { return syscall(SYS_gettid) == getpid(); }

bool find_foreign_function(CodePlace *place, bool later) {
  Dl_info own{}, system{}, program{}, found{};
  dladdr(reinterpret_cast<const void *>(&find_foreign_function), &own);
  dladdr(reinterpret_cast<const void *>(&write), &system);
  dladdr(dlsym(RTLD_DEFAULT, "main"), &program);
  void *frames[32];
  const int count = backtrace(frames, static_cast<int>(std::size(frames)));
  for (int i = 0; i < count; i++) {
    if (dladdr(frames[i], &found) == 0 || found.dli_fbase == own.dli_fbase || found.dli_fbase == system.dli_fbase ||
        found.dli_fbase == program.dli_fbase || (later && was_loaded(found.dli_fbase)))
      continue;
    const char *const slash = std::strrchr(found.dli_fname, '/');
    const auto offset = reinterpret_cast<uintptr_t>(frames[i]) - reinterpret_cast<uintptr_t>(found.dli_fbase);
    *place = {slash ? slash + 1 : found.dli_fname, found.dli_sname, offset};
    return true;
  }
  return false;
}

}  // namespace plughost
