// The error of a system call without which a run or a runner cannot go on.
// Platform: errno.
#pragma once

#include <cerrno>
#include <system_error>

namespace plughost {

// Carries the errno of the call. `operation` is the beginning of a message, such as "open a pipe".
class SystemFailed : public std::system_error {
 public:
  explicit SystemFailed(const char *operation, int code = errno)
      : std::system_error(code, std::generic_category(), operation), operation_(operation) {}

  const char *operation() const { return operation_; }

 private:
  const char *operation_;
};

}  // namespace plughost
