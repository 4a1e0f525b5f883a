#include "runner/memory_probe.hpp"

#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "runner/tracer.hpp"

namespace plughost::runner {
namespace {

volatile sig_atomic_t probing = 0;
sigjmp_buf before_probe;

}  // namespace

bool can_read(const void *address, size_t size) {
  if (sigsetjmp(before_probe, 1) != 0) {
    probing = 0;
    // The kernel reset the handler when it called it.
    reinstall_fault_handlers();
    return false;
  }
  probing = 1;
  for (size_t i = 0; i < size; i++) static_cast<void>(static_cast<const volatile uint8_t *>(address)[i]);
  probing = 0;
  return true;
}

size_t read_text(const char *from, char *to, size_t most) {
  size_t length = 0;
  if (is_serving_thread() && !probing)
    while (length + 1 < most && can_read(from + length, 1) && from[length]) {
      to[length] = from[length];
      length++;
    }
  to[length] = 0;
  return length;
}

bool is_probing() { return probing && is_serving_thread(); }

void fail_probe() { siglongjmp(before_probe, 1); }

}  // namespace plughost::runner
