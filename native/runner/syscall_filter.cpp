#include "syscall_filter.hpp"

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

uint32_t low_half(unsigned index) {
  return static_cast<uint32_t>(offsetof(seccomp_data, args) + index * sizeof(uint64_t));
}

// The filter's machine has words of 32 bits, so an argument is looked at in two halves.
struct Half {
  uint32_t at, mask, value;
};

std::vector<Half> halves_of(std::initializer_list<SyscallFilter::Check> checks) {
  std::vector<Half> halves;
  for (const auto &[argument, mask, value] : checks) {
    if (const auto low = static_cast<uint32_t>(mask)) {
      halves.push_back({low_half(argument), low, static_cast<uint32_t>(value)});
    }
    if (const auto high = static_cast<uint32_t>(mask >> 32)) {
      halves.push_back({low_half(argument) + 4, high, static_cast<uint32_t>(value >> 32)});
    }
  }
  return halves;
}

constexpr size_t kHalfSize = 3;  // instructions for each

}  // namespace

SyscallFilter::SyscallFilter() {
  put(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch));
  put(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0);
  give(SECCOMP_RET_KILL_PROCESS);
  put(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  put(BPF_JMP | BPF_JGE | BPF_K, kX32, 0, 1);
  give(SECCOMP_RET_KILL_PROCESS);
#endif
}

void SyscallFilter::give(uint32_t action) { put(BPF_RET | BPF_K, action); }

void SyscallFilter::allow(std::initializer_list<int> calls) {
  for (const int call : calls) {
    put(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1);
    give(SECCOMP_RET_ALLOW);
  }
}

void SyscallFilter::refuse(std::initializer_list<int> calls, int error) {
  for (const int call : calls) {
    put(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1);
    give(SECCOMP_RET_ERRNO | static_cast<uint32_t>(error));
  }
}

void SyscallFilter::put_checks(std::initializer_list<Check> checks, unsigned behind) {
  const auto halves = halves_of(checks);
  size_t left = kHalfSize * halves.size() + behind;
  for (const Half &half : halves) {
    left -= kHalfSize;
    put(BPF_LD | BPF_W | BPF_ABS, half.at);
    put(BPF_ALU | BPF_AND | BPF_K, half.mask);
    put(BPF_JMP | BPF_JEQ | BPF_K, half.value, 0, static_cast<uint8_t>(left));
  }
}

void SyscallFilter::allow_if(int call, std::initializer_list<Check> checks, int error) {
  const size_t size = kHalfSize * halves_of(checks).size() + 2;
  put(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, static_cast<uint8_t>(size));
  put_checks(checks, 1);
  give(SECCOMP_RET_ALLOW);
  give(error ? SECCOMP_RET_ERRNO | static_cast<uint32_t>(error) : SECCOMP_RET_TRAP);
}

void SyscallFilter::refuse_if(int call, std::initializer_list<Check> checks) {
  const size_t size = kHalfSize * halves_of(checks).size() + 2;
  put(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, static_cast<uint8_t>(size));
  put_checks(checks, 1);
  give(SECCOMP_RET_TRAP);
  put(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
}

void SyscallFilter::allow_one_of(int call, unsigned argument, std::initializer_list<uint32_t> values) {
  const auto size = static_cast<uint8_t>(2 + 2 * values.size());
  put(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, size);
  put(BPF_LD | BPF_W | BPF_ABS, low_half(argument));
  for (const uint32_t value : values) {
    put(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    give(SECCOMP_RET_ALLOW);
  }
  give(SECCOMP_RET_TRAP);
}

bool SyscallFilter::install() {
  give(SECCOMP_RET_TRAP);
  sock_fprog program{static_cast<unsigned short>(program_.size()), program_.data()};
  // Another thread may have been started meanwhile by a constructor: it is confined as well.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | kSpecAllow, &program) == 0;
}

}  // namespace plughost::runner
