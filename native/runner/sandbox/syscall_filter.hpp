// A seccomp filter, rule by rule.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace plughost::runner {

// Rules are asked in the order in which they were added, and the first that fits decides. A call that none fits is
// refused by SIGSYS, whose handler tells the host of it.
class SyscallFilter {
 public:
  // Kills whoever calls by another architecture's numbers.
  SyscallFilter();

  // What an argument must be: `argument & mask == value`. Of a mask of 32 bits the low half alone is compared, which is
  // what the kernel uses of flags and descriptors; pointers and sizes need all 64.
  struct Check {
    unsigned argument;
    uint64_t mask;
    uint64_t value;
  };

  void allow(std::initializer_list<int> calls);
  // Allowed when all checks hold.
  void allow(int call, std::initializer_list<Check> checks);
  // Allowed when the low half of the argument is one of these.
  void allow_one_of(int call, unsigned argument, std::initializer_list<uint32_t> values);
  // Fails with this errno, and the host is not told: where a library asks as a matter of course.
  void refuse(std::initializer_list<int> calls, int error);
  // Is refused by SIGSYS when all checks hold, whatever later rules say.
  void trap(int call, std::initializer_list<Check> checks);
  // Puts it up for all threads of the process, for ever. False and errno when the kernel does not take it.
  bool install();

 private:
  void put(uint16_t code, uint32_t k, uint8_t yes = 0, uint8_t no = 0) { program_.push_back({code, yes, no, k}); }
  void rule(int call, std::initializer_list<Check> checks, uint32_t action);

  std::vector<sock_filter> program_;
};

}  // namespace plughost::runner
