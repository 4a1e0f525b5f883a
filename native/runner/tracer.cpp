#include "runner/tracer.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runner/judged_libraries.hpp"
#include "runner/stack_walk.hpp"

namespace plughost::runner {

using namespace ipc;

namespace {

constexpr size_t kHandlerStack = 64 << 10;
constexpr size_t kStackWords = 256;  // looked through for pointers into the block
constexpr uint64_t kNearStack = 64 << 10;

// What handlers know; set before they are installed, or by the thread that they interrupt.
struct Known {
  const Channel *channel = nullptr;
  pid_t thread = 0;
  uintptr_t stack_begin = 0, stack_end = 0;
  const uint8_t *volatile lent = nullptr;
  volatile size_t lent_size = 0;
  volatile sig_atomic_t ending = 0;
  volatile sig_atomic_t probing = 0;
  sigjmp_buf probe;
} known;

pid_t thread_id() { return static_cast<pid_t>(syscall(SYS_gettid)); }

void hint(Trace *trace, uintptr_t pointer) {
  const auto begin = reinterpret_cast<uintptr_t>(known.lent);
  if (begin == 0 || pointer < begin || pointer - begin >= known.lent_size) return;
  const auto at = static_cast<uint32_t>(pointer - begin);
  if (trace->hints == std::size(trace->hint)) return;
  if (std::find(trace->hint, trace->hint + trace->hints, at) != trace->hint + trace->hints) return;
  trace->hint[trace->hints++] = at;
}

#if defined(__x86_64__)
uintptr_t program_counter(const mcontext_t &machine) { return static_cast<uintptr_t>(machine.gregs[REG_RIP]); }
uintptr_t stack_of(const mcontext_t &machine) { return static_cast<uintptr_t>(machine.gregs[REG_RSP]); }
template <typename Take>
void each_register(const mcontext_t &machine, Take take) {
  for (const int number : {REG_RDI, REG_RSI, REG_RDX, REG_RCX, REG_R8, REG_R9, REG_RAX, REG_RBX, REG_RBP, REG_R10,
                           REG_R11, REG_R12, REG_R13, REG_R14, REG_R15})
    take(static_cast<uintptr_t>(machine.gregs[number]));
}
#elif defined(__aarch64__)
uintptr_t program_counter(const mcontext_t &machine) { return machine.pc; }
uintptr_t stack_of(const mcontext_t &machine) { return machine.sp; }
template <typename Take>
void each_register(const mcontext_t &machine, Take take) {
  for (const auto value : machine.regs) take(value);
}
#else
uintptr_t program_counter(const mcontext_t &) { return 0; }
uintptr_t stack_of(const mcontext_t &) { return 0; }
template <typename Take>
void each_register(const mcontext_t &, Take) {}
#endif

void look_for_line(Trace *trace, const mcontext_t &machine) {
  hint(trace, trace->address);
  each_register(machine, [&](uintptr_t value) { hint(trace, value); });
  const uintptr_t sp = stack_of(machine) & ~uintptr_t{7};
  if (trace->other_thread || sp < known.stack_begin || sp >= known.stack_end || trace->overflow) return;
  const auto *word = reinterpret_cast<const uintptr_t *>(sp);
  const size_t words = std::min<size_t>(kStackWords, (known.stack_end - sp) / sizeof *word);
  for (size_t i = 0; i < words; i++) hint(trace, word[i]);
}

// The instructions that led here, innermost first: those of the plugin, not of the handler. Without a context it is a
// function that was called which asks.
size_t walk(void **frames, size_t most, const ucontext_t *context) {
  void *all[kMaxFrames + 8];
  void **const end = all + walk_stack(all, std::size(all));
  void **begin = std::min(all + 3, end);  // this function, and the two before it
  size_t count = 0;
  if (context) {
    auto *const pc = reinterpret_cast<void *>(program_counter(context->uc_mcontext));
    void **const at = std::find(all, end, pc);
    if (at != end) {
      begin = at;
    } else {
      // A jump to nowhere, from which no walk leads on: who called is told by the stack.
      const uintptr_t sp = stack_of(context->uc_mcontext);
      frames[count++] = pc;
      if (sp >= known.stack_begin && sp + sizeof(void *) <= known.stack_end)
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

// `faulted`: the first is the instruction itself. The others are where calls return to, which may be another function.
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
  // A second fault while the first is told, or of another thread meanwhile.
  static std::atomic<Trace *> telling{nullptr};
  if (telling.exchange(trace) == trace) return;
  trace->signal = signal;
  trace->code = info ? info->si_code : 0;
  trace->other_thread = thread_id() != known.thread;
  if (context) {
    const uintptr_t sp = stack_of(context->uc_mcontext);
    if (info && (signal == SIGSEGV || signal == SIGBUS)) trace->address = reinterpret_cast<uintptr_t>(info->si_addr);
    trace->overflow = signal == SIGSEGV && trace->address + kNearStack >= sp && trace->address < sp + kNearStack &&
                      (trace->other_thread || sp < known.stack_begin + kNearStack);
    look_for_line(trace, context->uc_mcontext);
  }
  trace->written.store(1, std::memory_order_release);
  known.channel->wake_host();
  void *frames[kMaxFrames];
  const size_t count = walk(frames, kMaxFrames, context);
  name_frames(trace, frames, count, context != nullptr);
  trace->frames = static_cast<uint32_t>(count);
  trace->written.store(2, std::memory_order_release);
}

// The action is the default one again when this returns, so the process dies of what it did.
void on_fault(int signal, siginfo_t *info, void *context) {
  if (known.probing && thread_id() == known.thread) siglongjmp(known.probe, 1);
  write_trace(&known.channel->results().crash, signal, info, static_cast<const ucontext_t *>(context));
  // What was sent, and not raised by an instruction, does not come again by itself.
  if (info->si_code <= 0) syscall(SYS_tgkill, getpid(), thread_id(), signal);
}

// The host asks only whom it ends next. The plugin must not go on until then: a system call that this interrupted would
// tell it EINTR, and it would act on that.
void on_question(int, siginfo_t *info, void *context) {
  write_trace(&known.channel->results().stuck, SIGUSR2, info, static_cast<const ucontext_t *>(context));
  for (;;) pause();
}

void on_exit_call(int status, void *) {
  if (known.ending) return;
  Trace &trace = known.channel->results().crash;
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

void trace_faults(const Channel &channel) {
  known.channel = &channel;
  known.thread = thread_id();
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    void *begin = nullptr;
    size_t size = 0;
    pthread_attr_getstack(&attributes, &begin, &size);
    known.stack_begin = reinterpret_cast<uintptr_t>(begin);
    known.stack_end = known.stack_begin + size;
    pthread_attr_destroy(&attributes);
  }
  // The first walk prepares the unwinder, which a handler had better not do.
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

void lend(const uint8_t *bytes, size_t size) {
  known.lent_size = 0;
  known.lent = bytes;
  known.lent_size = size;
}

void end_well() { known.ending = 1; }

size_t read_text(const char *from, char *to, size_t most) {
  size_t length = 0;
  if (thread_id() == known.thread && !known.probing)
    while (length + 1 < most && can_read(from + length, 1) && from[length]) {
      to[length] = from[length];
      length++;
    }
  to[length] = 0;
  return length;
}

bool can_read(const void *address, size_t size) {
  if (sigsetjmp(known.probe, 1) != 0) {
    known.probing = 0;
    // The handler was for one time.
    for (const int signal : {SIGSEGV, SIGBUS}) install(signal, on_fault, SA_RESETHAND);
    return false;
  }
  known.probing = 1;
  for (size_t i = 0; i < size; i++) static_cast<void>(static_cast<const volatile uint8_t *>(address)[i]);
  known.probing = 0;
  return true;
}

}  // namespace plughost::runner
