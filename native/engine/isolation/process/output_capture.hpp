// What a child prints, as lines of the host's log.
#pragma once

#include <string>
#include <string_view>

#include "os/file/descriptor.hpp"

namespace plughost::isolation {

// Reads one pipe of a child. Used by the supervisor's thread.
class OutputCapture {
 public:
  // Takes over the reading end of a pipe. `label`: the log's name for it. Throws SystemFailed.
  OutputCapture(Descriptor pipe, std::string label);

  // The descriptor to poll; -1 after the end of the pipe.
  int descriptor() const { return open_ ? pipe_.get() : -1; }
  // Reads what is available without blocking, at most 128 KiB, so that a child that prints without a pause does not
  // hold up the supervisor.
  void drain();
  // Reads the rest, and logs how many bytes were dropped.
  void finish();
  // The last line that was not empty.
  const std::string &last_line() const { return last_line_; }

 private:
  void add(std::string_view bytes);
  void log_line();

  const Descriptor pipe_;
  const std::string label_;
  bool open_ = true;
  std::string line_, last_line_;
  uint64_t captured_ = 0;  // bytes
  uint64_t dropped_ = 0;   // bytes
};

}  // namespace plughost::isolation
