#include "engine/plugin/crash_report.hpp"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
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

namespace plughost {
namespace {

constexpr size_t kHandlerStack = 64 << 10;
constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
// For a process that somebody who may not end it ended; sysexits.h calls it a software error.
constexpr int kEndedByPlugin = 70;
// Functions for quick_exit are not given its status.
constexpr int kUnknown = INT_MIN;

thread_local const PluginCallScope *current = nullptr;
thread_local const std::string *input = nullptr;
std::atomic<pid_t> teller{0};  // the thread that tells; the process dies of it
struct sigaction before[std::size(kSignals)];

const char *name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGILL:
      return "SIGILL";
    case SIGFPE:
      return "SIGFPE";
    case SIGABRT:
      return "SIGABRT";
    default:
      return "a signal";
  }
}

void say(const char *text, int length, size_t room) {
  const auto size = static_cast<size_t>(std::clamp<int>(length, 0, static_cast<int>(room) - 1));
  // There is nobody left to tell when this fails.
  if (write(STDERR_FILENO, text, size) < 0) return;
}

// What was loaded when the handlers were set, by address.
struct {
  std::array<uintptr_t, 256> address;
  size_t count = 0;
} loaded;

bool was_loaded(const void *base) {
  const auto *const begin = loaded.address.data();
  const auto *const end = begin + loaded.count;
  return std::find(begin, end, reinterpret_cast<uintptr_t>(base)) != end;
}

// Whether the words are this thread's to say. Another one that has begun is waited for: the process dies behind them.
bool may_tell() {
  const auto thread = static_cast<pid_t>(syscall(SYS_gettid));
  pid_t nobody = 0;
  if (teller.compare_exchange_strong(nobody, thread)) return true;
  while (nobody != thread) pause();
  return false;
}

// The innermost function on the stack that is neither the system's nor the host's, as `name (file+offset)`, and its
// file. `later`: only of what was loaded after the handlers were set, since Node itself may be made of several
// libraries.
const char *find_place(char *to, size_t room, bool later) {
  Dl_info own{}, system{}, program{}, found{};
  dladdr(reinterpret_cast<const void *>(&find_place), &own);
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
    std::snprintf(to, room, ", in %s%s%s+0x%lx%s", found.dli_sname ? found.dli_sname : "", found.dli_sname ? " (" : "",
                  slash ? slash + 1 : found.dli_fname, static_cast<unsigned long>(offset), found.dli_sname ? ")" : "");
    return slash ? slash + 1 : found.dli_fname;
  }
  return nullptr;
}

void tell(const char *what) {
  char place[256] = "", where[512] = "", text[1024];
  find_place(place, sizeof place, false);
  if (current->offset >= 0)
    std::snprintf(where, sizeof where, ", at the block from byte %lld of %.200s on",
                  static_cast<long long>(current->offset), input ? input->c_str() : "the input");
  const char *const advice =
      current->offset >= 0 ? "the output ends before that; with --isolate it would have cost the line it happened at"
                           : "it shares the life of its host; with --isolate it would have ended alone";
  const int length = std::snprintf(text, sizeof text, "host: plugin %.100s: %s: %s%s%s\n      %s\n", current->label,
                                   current->operation, what, place, where, advice);
  say(text, length, sizeof text);
}

// The same of a thread that no call of the host has led into a plugin, where code of a plugin is found on its stack:
// such a thread is the plugin's own. Addons of Node have threads as well, and are not told of.
bool tell_of_own_thread(const char *what) {
  if (syscall(SYS_gettid) == getpid()) return false;
  char place[256] = "", text[1024];
  const char *const file = find_place(place, sizeof place, true);
  const char *const suffix = file ? std::strrchr(file, '.') : nullptr;
  if (!file || (suffix && std::strcmp(suffix, ".node") == 0) || !may_tell()) return false;
  const int length = std::snprintf(text, sizeof text,
                                   "host: plugin %.100s: a thread of its own: %s%s\n"
                                   "      it shares the life of its host; with --isolate it would have ended alone\n",
                                   file, what, place);
  say(text, length, sizeof text);
  return true;
}

void on_signal(int signal, siginfo_t *info, void *context) {
  const auto index = static_cast<size_t>(std::find(kSignals, std::end(kSignals), signal) - kSignals);
  const struct sigaction &earlier = before[index];
  char what[64];
  std::snprintf(what, sizeof what, "it crashed with %s", name_of(signal));
  if (current) {
    if (may_tell()) tell(what);
  } else if (!tell_of_own_thread(what) && (earlier.sa_flags & SA_SIGINFO) && earlier.sa_sigaction) {
    // Not a plugin's: the runtime of WebAssembly, for one, has faults that it means to have.
    earlier.sa_sigaction(signal, info, context);
    return;
  }
  // Returning repeats what happened, and the default action then leaves a core as it always does.
  struct sigaction end {};
  end.sa_handler = SIG_DFL;
  sigaction(signal, &end, nullptr);
  if (info->si_code <= 0) raise(signal);
}

void on_exit_call(int status, void *) {
  char what[64];
  if (status == kUnknown)
    std::snprintf(what, sizeof what, "it called quick_exit");
  else
    std::snprintf(what, sizeof what, "it called exit(%d)", status);
  if (current) {
    if (may_tell()) tell(what);
  } else if (!tell_of_own_thread(what)) {
    return;
  }
  _exit(kEndedByPlugin);
}

// Whether this process is what a plugin made of the host by fork. It may do the plugin's work and no more: it would
// write the output a second time.
bool is_copy = false;
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, [] { is_copy = current != nullptr; });

}  // namespace

PluginCallScope::PluginCallScope(const char *label, const char *operation, int64_t offset)
    : outer_(current), locale_(uselocale(locale_t{})), label(label), operation(operation), offset(offset) {
  current = this;
}

PluginCallScope::~PluginCallScope() {
  if (is_copy) [[unlikely]]
    _exit(kEndedByPlugin);
  current = outer_;
  mode_.restore();
  if (uselocale(locale_t{}) != locale_) uselocale(locale_);
}

void set_input_of_thread(const std::string *name) { input = name; }

void install_crash_reports() {
  static std::atomic<bool> done{false};
  if (done.exchange(true)) return;
  // The first walk loads a library, which no handler may do.
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

void ensure_handler_stack() {
  stack_t now{};
  if (sigaltstack(nullptr, &now) != 0 || !(now.ss_flags & SS_DISABLE)) return;
  static thread_local const HandlerStack stack;
}

HandlerStack::HandlerStack() {
  stack_t stack{};
  stack.ss_size = kHandlerStack;
  stack.ss_sp = mmap(nullptr, kHandlerStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack.ss_sp == MAP_FAILED) return;
  if (sigaltstack(&stack, &before_) == 0) {
    memory_ = stack.ss_sp;
  } else {
    munmap(stack.ss_sp, kHandlerStack);
  }
}

HandlerStack::~HandlerStack() {
  if (!memory_) return;
  sigaltstack(&before_, nullptr);
  munmap(memory_, kHandlerStack);
}

}  // namespace plughost
