// What a child prints, as lines of the host's log.
#pragma once

#include <string>
#include <string_view>

#include "os/file/descriptor.hpp"

namespace plughost::isolation {

class Printed {
 public:
  // Takes over the reading end of a pipe. Throws SystemFailed.
  Printed(Descriptor pipe, std::string label);

  // To wait for; -1 once the pipe has ended.
  int descriptor() const { return open_ ? pipe_.get() : -1; }
  // Takes what is there, a bounded part of it, so that a child that prints without a pause does not keep the
  // supervisor.
  void drain();
  // Takes what is left, and says how much was left out.
  void finish();
  // The last line that was not empty.
  const std::string &last() const { return last_; }

 private:
  void take(std::string_view bytes);
  void put();

  const Descriptor pipe_;
  const std::string label_;
  bool open_ = true;
  std::string line_, last_;
  uint64_t printed_ = 0;
  uint64_t thrown_away_ = 0;
};

}  // namespace plughost::isolation
