// Registers of an interrupted thread, from the context that a signal handler gets. Async-signal-safe. On an unknown
// architecture there are none, and fault reports have fewer facts.
#pragma once

#include <ucontext.h>

#include <cstdint>

namespace plughost::runner {

#if defined(__x86_64__)
inline uintptr_t program_counter(const mcontext_t &machine) { return static_cast<uintptr_t>(machine.gregs[REG_RIP]); }
inline uintptr_t stack_pointer(const mcontext_t &machine) { return static_cast<uintptr_t>(machine.gregs[REG_RSP]); }
template <typename Visit>
void each_register(const mcontext_t &machine, Visit visit) {
  for (const int number : {REG_RDI, REG_RSI, REG_RDX, REG_RCX, REG_R8, REG_R9, REG_RAX, REG_RBX, REG_RBP, REG_R10,
                           REG_R11, REG_R12, REG_R13, REG_R14, REG_R15})
    visit(static_cast<uintptr_t>(machine.gregs[number]));
}
#elif defined(__aarch64__)
inline uintptr_t program_counter(const mcontext_t &machine) { return machine.pc; }
inline uintptr_t stack_pointer(const mcontext_t &machine) { return machine.sp; }
template <typename Visit>
void each_register(const mcontext_t &machine, Visit visit) {
  for (const auto value : machine.regs) visit(value);
}
#else
inline uintptr_t program_counter(const mcontext_t &) { return 0; }
inline uintptr_t stack_pointer(const mcontext_t &) { return 0; }
template <typename Visit>
void each_register(const mcontext_t &, Visit) {}
#endif

}  // namespace plughost::runner
