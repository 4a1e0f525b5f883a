#include "runner/tracer.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runner/library/judged_libraries.hpp"
#include "runner/machine_context.hpp"
#include "runner/memory_probe.hpp"
#include "runner/stack_walk.hpp"

namespace plughost::runner {

using namespace ipc;

namespace {

constexpr size_t kHandlerStack = 64 << 10;
// Words of the stack that are searched for pointers into the bytes in work.
constexpr size_t kStackWords = 256;
// A fault this close to the stack pointer, at the end of the stack, is an overflow.
constexpr uint64_t kNearStack = 64 << 10;

// What the handlers read. Set before they are installed, or later by the serving thread, which they may interrupt:
// hence volatile.
struct HandlerFacts {
  const Channel *channel = nullptr;
  pid_t thread = 0;  // the thread that serves requests
  uintptr_t stack_begin = 0, stack_end = 0;
  const uint8_t *volatile bytes = nullptr;  // set_bytes_in_work()
  volatile size_t size = 0;
  volatile sig_atomic_t exit_expected = 0;
} facts;

pid_t thread_id() { return static_cast<pid_t>(syscall(SYS_gettid)); }

// Adds a hint if `pointer` leads into the bytes in work.
void add_hint(Trace *trace, uintptr_t pointer) {
  const auto begin = reinterpret_cast<uintptr_t>(facts.bytes);
  if (begin == 0 || pointer < begin || pointer - begin >= facts.size) return;
  const auto at = static_cast<uint32_t>(pointer - begin);
  if (trace->hints == std::size(trace->hint)) return;
  if (std::find(trace->hint, trace->hint + trace->hints, at) != trace->hint + trace->hints) return;
  trace->hint[trace->hints++] = at;
}

// Adds hints to the line that the plugin worked on: pointers in registers and on the stack.
void add_hints(Trace *trace, const mcontext_t &machine) {
  add_hint(trace, trace->address);
  each_register(machine, [&](uintptr_t value) { add_hint(trace, value); });
  const uintptr_t sp = stack_pointer(machine) & ~uintptr_t{7};
  if (trace->other_thread || sp < facts.stack_begin || sp >= facts.stack_end || trace->overflow) return;
  const auto *word = reinterpret_cast<const uintptr_t *>(sp);
  const size_t words = std::min<size_t>(kStackWords, (facts.stack_end - sp) / sizeof *word);
  for (size_t i = 0; i < words; i++) add_hint(trace, word[i]);
}

// Fills in the addresses of the plugin's calls, innermost first, without those of the handler. Returns their number.
// Without a context a hooked function was called, and the walk begins at its caller.
size_t walk(void **frames, size_t most, const ucontext_t *context) {
  void *all[kMaxFrames + 8];
  void **const end = all + walk_stack(all, std::size(all));
  void **begin = std::min(all + 3, end);  // leaves out this function and its two callers
  size_t count = 0;
  if (context) {
    auto *const pc = reinterpret_cast<void *>(program_counter(context->uc_mcontext));
    void **const at = std::find(all, end, pc);
    if (at != end) {
      begin = at;
    } else {
      // The plugin jumped to an address without code, so the unwinder stops there. The stack has the return address.
      const uintptr_t sp = stack_pointer(context->uc_mcontext);
      frames[count++] = pc;
      if (sp >= facts.stack_begin && sp + sizeof(void *) <= facts.stack_end)
        std::memcpy(&frames[count++], reinterpret_cast<const void *>(sp), sizeof(void *));
    }
  }
  while (begin < end && count < most) frames[count++] = *begin++;
  return count;
}

template <size_t Size>
void put(char (&to)[Size], const char *from) {
  if (!from) return;
  std::strncpy(to, from, Size - 1);
  to[Size - 1] = 0;
}

// Finds file and symbol of each frame. A return address may be in the function after the caller's, so one byte less is
// looked up; with `faulted` the first frame is the faulting instruction itself.
void name_frames(Trace *trace, void *const *frames, size_t count, bool faulted) {
  for (size_t i = 0; i < count; i++) {
    Frame &frame = trace->frame[i];
    const uintptr_t at = reinterpret_cast<uintptr_t>(frames[i]) - (faulted && i == 0 ? 0 : 1);
    Dl_info found{};
    frame.offset = at;
    if (dladdr(reinterpret_cast<void *>(at), &found) == 0) continue;
    frame.offset = at - reinterpret_cast<uintptr_t>(found.dli_fbase);
    put(frame.file, real_path_of(found.dli_fname));
    put(frame.symbol, found.dli_sname);
  }
}

void write_trace(Trace *trace, int signal, const siginfo_t *info, const ucontext_t *context) {
  // Ignores a fault in this function, and a second thread's fault.
  static std::atomic<Trace *> writing{nullptr};
  if (writing.exchange(trace) == trace) return;
  trace->signal = signal;
  trace->code = info ? info->si_code : 0;
  trace->other_thread = thread_id() != facts.thread;
  if (context) {
    const uintptr_t sp = stack_pointer(context->uc_mcontext);
    if (info && (signal == SIGSEGV || signal == SIGBUS)) trace->address = reinterpret_cast<uintptr_t>(info->si_addr);
    trace->overflow = signal == SIGSEGV && trace->address + kNearStack >= sp && trace->address < sp + kNearStack &&
                      (trace->other_thread || sp < facts.stack_begin + kNearStack);
    add_hints(trace, context->uc_mcontext);
  }
  trace->written.store(1, std::memory_order_release);
  facts.channel->wake_host();
  void *frames[kMaxFrames];
  const size_t count = walk(frames, kMaxFrames, context);
  name_frames(trace, frames, count, context != nullptr);
  trace->frames = static_cast<uint32_t>(count);
  trace->written.store(2, std::memory_order_release);
}

// Handles signals of faults. Async-signal-safe except for dladdr, which write_trace() calls last. SA_RESETHAND restored
// the default action, so the process dies when the handler returns and the instruction faults again.
void on_fault(int signal, siginfo_t *info, void *context) {
  if (is_probing()) fail_probe();
  write_trace(&facts.channel->results().crash, signal, info, static_cast<const ucontext_t *>(context));
  // A signal that was sent, and not raised by an instruction, does not come again. Send it once more.
  if (info->si_code <= 0) syscall(SYS_tgkill, getpid(), thread_id(), signal);
}

// Handles the host's question where a plugin hangs. The host kills the process afterwards. The handler never returns:
// the plugin would see EINTR from an interrupted system call, and act on it.
void on_question(int, siginfo_t *info, void *context) {
  write_trace(&facts.channel->results().stuck, SIGUSR2, info, static_cast<const ucontext_t *>(context));
  for (;;) pause();
}

// Called when the plugin calls exit or quick_exit.
void on_exit_call(int status, void *) {
  if (facts.exit_expected) return;
  Trace &trace = facts.channel->results().crash;
  write_trace(&trace, 0, nullptr, nullptr);
  trace.code = status;
  _exit(status);
}

void install(int signal, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void install_fault_handlers(const Channel &channel) {
  facts.channel = &channel;
  facts.thread = thread_id();
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    void *begin = nullptr;
    size_t size = 0;
    pthread_attr_getstack(&attributes, &begin, &size);
    facts.stack_begin = reinterpret_cast<uintptr_t>(begin);
    facts.stack_end = facts.stack_begin + size;
    pthread_attr_destroy(&attributes);
  }
  // The first walk initialises the unwinder, which is not async-signal-safe.
  void *frames[2];
  walk_stack(frames, std::size(frames));

  stack_t stack{};
  stack.ss_size = kHandlerStack;
  stack.ss_sp = mmap(nullptr, kHandlerStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  sigaltstack(&stack, nullptr);
  for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP}) install(signal, on_fault, SA_RESETHAND);
  install(SIGUSR2, on_question, 0);
  on_exit(on_exit_call, nullptr);
  at_quick_exit([] { on_exit_call(0, nullptr); });
}

bool is_serving_thread() { return thread_id() == facts.thread; }

void set_bytes_in_work(const uint8_t *bytes, size_t size) {
  facts.size = 0;
  facts.bytes = bytes;
  facts.size = size;
}

void expect_exit() { facts.exit_expected = 1; }

void reinstall_fault_handlers() {
  for (const int signal : {SIGSEGV, SIGBUS}) install(signal, on_fault, SA_RESETHAND);
}

}  // namespace plughost::runner
