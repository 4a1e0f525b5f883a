// A seccomp filter, rule by rule.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace plughost::runner {

class SyscallFilter {
 public:
  // Kills whoever calls by another architecture's numbers.
  SyscallFilter();

  void allow(std::initializer_list<int> calls);
  // Fails with this errno, and nobody hears of it: where a library asks as a matter of course.
  void refuse(std::initializer_list<int> calls, int error);
  // A condition on an argument: what the mask leaves of it is the value.
  struct Check {
    unsigned argument;
    uint64_t mask;
    uint64_t value;
  };
  // Allowed when all hold; otherwise refused with a signal, or with an errno if one is given.
  void allow_if(int call, std::initializer_list<Check> checks, int error = 0);
  // Refused with a signal when all hold; otherwise later rules decide.
  void refuse_if(int call, std::initializer_list<Check> checks);
  // Allowed when the low half of the argument, which is all that the kernel reads of it, is one of these; refused with
  // a signal otherwise.
  void allow_one_of(int call, unsigned argument, std::initializer_list<uint32_t> values);
  // Puts it up for all threads of the process, for ever; everything else is refused with a signal. False and errno
  // when the kernel does not take it.
  bool install();

 private:
  void put(uint16_t code, uint32_t k, uint8_t yes = 0, uint8_t no = 0) { program_.push_back({code, yes, no, k}); }
  void give(uint32_t action);
  // Goes on behind the checks when all hold, and otherwise `behind` instructions further on.
  void put_checks(std::initializer_list<Check> checks, unsigned behind);

  std::vector<sock_filter> program_;
};

}  // namespace plughost::runner
