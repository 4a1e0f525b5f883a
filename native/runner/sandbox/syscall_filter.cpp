#include "runner/sandbox/syscall_filter.hpp"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace plughost::runner {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kArchitecture = 0;
#endif

// Without it a kernel before 5.16 would slow the whole process down against a danger that is not here.
constexpr unsigned kSpecAllow = 1u << 2;
constexpr uint32_t kX32 = 0x40000000;

constexpr uint32_t kNumber = offsetof(seccomp_data, nr);

// Of an argument, on a machine that keeps the low half first.
constexpr uint32_t low_half(unsigned index) {
  return static_cast<uint32_t>(offsetof(seccomp_data, args) + index * sizeof(uint64_t));
}
constexpr uint32_t high_half(unsigned index) { return low_half(index) + static_cast<uint32_t>(sizeof(uint32_t)); }

}  // namespace

SyscallFilter::SyscallFilter() {
  put(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  put(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
  put(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  put(BPF_LD | BPF_W | BPF_ABS, kNumber);
#if defined(__x86_64__)
  put(BPF_JMP | BPF_JGE | BPF_K, kX32, 0, 1);
  put(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
#endif
}

// Each rule finds the call's number in the accumulator, and leaves it there for the next one.
void SyscallFilter::rule(int call, std::initializer_list<Check> checks, uint32_t action) {
  struct Half {
    uint32_t offset, mask, value;
  };
  std::vector<Half> halves;
  for (const Check &check : checks) {
    halves.push_back({low_half(check.argument), static_cast<uint32_t>(check.mask), static_cast<uint32_t>(check.value)});
    if (check.mask > UINT32_MAX)
      halves.push_back({high_half(check.argument), static_cast<uint32_t>(check.mask >> 32),
                        static_cast<uint32_t>(check.value >> 32)});
  }
  // Without checks the accumulator still holds the number; else it is loaded again where a check does not hold.
  const size_t reload = halves.empty() ? 0 : 1;
  put(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, static_cast<uint8_t>(3 * halves.size() + 1 + reload));
  for (size_t left = halves.size(); const Half &half : halves) {
    left--;
    put(BPF_LD | BPF_W | BPF_ABS, half.offset);
    put(BPF_ALU | BPF_AND | BPF_K, half.mask);
    put(BPF_JMP | BPF_JEQ | BPF_K, half.value, 0, static_cast<uint8_t>(3 * left + 1));
  }
  put(BPF_RET | BPF_K, action);
  if (reload) put(BPF_LD | BPF_W | BPF_ABS, kNumber);
}

void SyscallFilter::allow(std::initializer_list<int> calls) {
  for (const int call : calls) rule(call, {}, SECCOMP_RET_ALLOW);
}

void SyscallFilter::allow(int call, std::initializer_list<Check> checks) { rule(call, checks, SECCOMP_RET_ALLOW); }

void SyscallFilter::allow_one_of(int call, unsigned argument, std::initializer_list<uint32_t> values) {
  for (const uint32_t value : values) rule(call, {{argument, UINT32_MAX, value}}, SECCOMP_RET_ALLOW);
}

void SyscallFilter::refuse(std::initializer_list<int> calls, int error) {
  for (const int call : calls) rule(call, {}, SECCOMP_RET_ERRNO | static_cast<uint32_t>(error));
}

void SyscallFilter::trap(int call, std::initializer_list<Check> checks) { rule(call, checks, SECCOMP_RET_TRAP); }

bool SyscallFilter::install() {
  put(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
  sock_fprog program{static_cast<unsigned short>(program_.size()), program_.data()};
  // Another thread may have been started meanwhile by a constructor: it is confined as well.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | kSpecAllow, &program) == 0;
}

}  // namespace plughost::runner
