// The system refused something that a run or a runner cannot do without.
#pragma once

#include <cerrno>
#include <system_error>

namespace plughost {

// Thrown with the errno of the call. `operation` says what was wanted, as the beginning of a message: "open a pipe".
class SystemFailed : public std::system_error {
 public:
  explicit SystemFailed(const char *operation, int code = errno)
      : std::system_error(code, std::generic_category(), operation), operation_(operation) {}

  const char *operation() const { return operation_; }

 private:
  const char *operation_;
};

}  // namespace plughost
