#include "runner/sandbox/denials.hpp"

#include <dlfcn.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>

#include "runner/library/judged_libraries.hpp"
#include "runner/sandbox/grant_hint.hpp"
#include "runner/stack_walk.hpp"

namespace plughost::runner {
namespace {

const Channel *reporter = nullptr;

struct CallName {
  long number;
  const char *name;
};
constexpr CallName kNames[] = {
#include "syscall_names.inc"
};

const char *name_of(long number) {
  for (const CallName &call : kNames)
    if (call.number == number) return call.name;
  return nullptr;
}

// Hashes of call and caller of the reports so far; 0: free. The table has a fixed size, because a signal handler must
// not allocate memory or lock.
constexpr size_t kMaxReported = 100;
std::atomic<uint64_t> reported[kMaxReported];

enum class Report { first, again, full };  // `full`: the table has no room

// Adds call and caller to the table.
Report remember(const char *name, const void *at) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto mix = [&](uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const char *letter = name; *letter; letter++) mix(static_cast<uint8_t>(*letter));
  for (uintptr_t rest = reinterpret_cast<uintptr_t>(at); rest; rest >>= 8) mix(static_cast<uint8_t>(rest));
  if (hash == 0) hash = 1;
  for (auto &entry : reported) {
    uint64_t found = 0;
    if (entry.compare_exchange_strong(found, hash)) return Report::first;
    if (found == hash) return Report::again;
  }
  return Report::full;
}

const void *base_of(const void *at) {
  Dl_info found{};
  return dladdr(at, &found) == 0 ? nullptr : found.dli_fbase;
}

// Returns an address in the innermost function outside of the C library and the runner; `call` if there is none.
const void *caller_outside_libc(const void *call) {
  const void *const system = base_of(reinterpret_cast<const void *>(&syscall));
  const void *const own = base_of(reinterpret_cast<const void *>(&report_denial));
  void *frames[16];
  const size_t count = walk_stack(frames, std::size(frames));
  for (size_t i = 0; i < count; i++) {
    const void *const base = base_of(frames[i]);
    if (base && base != system && base != own) return static_cast<const uint8_t *>(frames[i]) - 1;
  }
  return call;
}

// Handles SIGSYS. The kernel did not make the system call. The handler makes it return EPERM, and the plugin goes on.
void on_denial(int, siginfo_t *info, void *context) {
  char number[24];
  const char *name = name_of(info->si_syscall);
  if (!name) {
    std::snprintf(number, sizeof number, "call %d", info->si_syscall);
    name = number;
  }
  auto &machine = static_cast<ucontext_t *>(context)->uc_mcontext;
  const void *const caller = caller_outside_libc(info->si_call_addr);
#if defined(__x86_64__)
  const uintptr_t arguments[] = {static_cast<uintptr_t>(machine.gregs[REG_RDI]),
                                 static_cast<uintptr_t>(machine.gregs[REG_RSI]),
                                 static_cast<uintptr_t>(machine.gregs[REG_RDX])};
  report_denial(name, caller, arguments);
  machine.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
  const uintptr_t arguments[] = {machine.regs[0], machine.regs[1], machine.regs[2]};
  report_denial(name, caller, arguments);
  machine.regs[0] = static_cast<unsigned long long>(-EPERM);
#else
  report_denial(name, caller);
#endif
}

}  // namespace

void report_denials(const Channel &channel) {
  reporter = &channel;
  struct sigaction action {};
  action.sa_sigaction = on_denial;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGSYS, &action, nullptr);
}

void report_denial(const char *name, const void *at, const uintptr_t *arguments) {
  // The host shows this name when the plugin then dies. A program can usually go on without a file, but not without a
  // thread, so a refused thread replaces an earlier name.
  auto &denied = reporter->results().denied;
  if (!denied[0] || starts_threads(name)) std::strncpy(denied, name, sizeof denied - 1);
  static std::atomic<bool> reported_full{false};
  const Report report = remember(name, at);
  if (report == Report::again || (report == Report::full && reported_full.exchange(true))) return;
  char text[ipc::kLogText];
  char grant[900];
  write_grant_hint(name, arguments, grant, sizeof grant);
  Dl_info found{};
  int length;
  if (report == Report::full) {
    length = std::snprintf(text, sizeof text, "the sandbox refused more calls, which are not listed");
  } else if (at && dladdr(at, &found) != 0) {
    const char *const file = real_path_of(found.dli_fname);
    const char *const slash = std::strrchr(file, '/');
    const auto offset = reinterpret_cast<uintptr_t>(at) - reinterpret_cast<uintptr_t>(found.dli_fbase);
    length =
        std::snprintf(text, sizeof text, "the sandbox refused %s, called by %s%s%s+0x%lx%s%s", name,
                      found.dli_sname ? found.dli_sname : "", found.dli_sname ? " (" : "", slash ? slash + 1 : file,
                      static_cast<unsigned long>(offset), found.dli_sname ? ")" : "", grant);
  } else {
    length = std::snprintf(text, sizeof text, "the sandbox refused %s%s", name, grant);
  }
  if (length < 0) return;
  reporter->log(PLUG_LOG_WARNING, {text, std::min<size_t>(static_cast<size_t>(length), sizeof text - 1)});
}

}  // namespace plughost::runner
