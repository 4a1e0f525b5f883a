#include "os/thread/handler_stack.hpp"

#include <sys/mman.h>

#include <cstddef>

namespace plughost {
namespace {

constexpr size_t kSize = 64 << 10;

}  // namespace

HandlerStack::HandlerStack() {
  stack_t stack{};
  stack.ss_size = kSize;
  stack.ss_sp = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack.ss_sp == MAP_FAILED) return;
  if (sigaltstack(&stack, &before_) == 0) {
    memory_ = stack.ss_sp;
  } else {
    munmap(stack.ss_sp, kSize);
  }
}

HandlerStack::~HandlerStack() {
  if (!memory_) return;
  sigaltstack(&before_, nullptr);
  munmap(memory_, kSize);
}

void ensure_handler_stack() {
  stack_t now{};
  if (sigaltstack(nullptr, &now) != 0 || !(now.ss_flags & SS_DISABLE)) return;
  static thread_local const HandlerStack stack;
}

}  // namespace plughost
