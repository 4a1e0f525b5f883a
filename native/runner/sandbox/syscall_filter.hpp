// Builds and installs a seccomp filter.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace plughost::runner {

// A list of rules. The first rule that fits a system call decides. A call that fits no rule raises SIGSYS, whose
// handler makes the call fail and reports it to the host (denials.hpp).
class SyscallFilter {
 public:
  // Begins with a rule that kills the process at a call by another architecture's numbers.
  SyscallFilter();

  // A condition on an argument, by index: `argument & mask == value`. With a mask of 32 bits only the low half is
  // compared: the kernel ignores the high half of flags and descriptors. Pointers and sizes need a mask of 64 bits.
  struct Check {
    unsigned argument;
    uint64_t mask;
    uint64_t value;
  };

  // Allows the calls.
  void allow(std::initializer_list<int> calls);
  // Allows the call when all checks hold.
  void allow(int call, std::initializer_list<Check> checks);
  // Allows the call when the low half of the argument is one of `values`.
  void allow_one_of(int call, unsigned argument, std::initializer_list<uint32_t> values);
  // Makes the calls fail with an errno, without a report. For calls that libraries make routinely and can do without.
  void refuse(std::initializer_list<int> calls, int error);
  // Raises SIGSYS for the call when all checks hold, whatever later rules say.
  void trap(int call, std::initializer_list<Check> checks);
  // Installs the filter for all threads of the process, for good. Returns false with errno when the kernel refuses it.
  bool install();

 private:
  // Appends a BPF instruction. `yes` and `no` are jump distances.
  void put(uint16_t code, uint32_t k, uint8_t yes = 0, uint8_t no = 0) { program_.push_back({code, yes, no, k}); }
  void rule(int call, std::initializer_list<Check> checks, uint32_t action);

  std::vector<sock_filter> program_;
};

}  // namespace plughost::runner
