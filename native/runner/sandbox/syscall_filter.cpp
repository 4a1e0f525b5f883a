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

// SECCOMP_FILTER_FLAG_SPEC_ALLOW. Without it kernels before 5.16 turn on slow mitigations against speculative reads,
// which do not apply: the process holds no secrets from its own plugin.
constexpr unsigned kSpecAllow = 1u << 2;
constexpr uint32_t kX32 = 0x40000000;  // bit of the numbers of x32, another ABI of the same architecture

constexpr uint32_t kNumber = offsetof(seccomp_data, nr);

// Offset of the low half of an argument, on a little-endian machine.
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

// Appends a rule. It expects the number of the call in the accumulator and leaves it there for the next rule.
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
  // Checks overwrite the accumulator, so a failed check jumps to an instruction that loads the number again.
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
  // TSYNC: a constructor of the plugin may have started threads, which must be confined too.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | kSpecAllow, &program) == 0;
}

}  // namespace plughost::runner
