#include "addon/process/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "os/file/descriptor.hpp"

namespace plughost::addon {
namespace {

// Returns the new descriptors of the two streams, or the old ones when the system has no more. Code that reads standard
// input then reads nothing, and what it prints goes to standard error.
Napi::Value take(const Napi::CallbackInfo &info) {
  auto result = Napi::Object::New(info.Env());
  const Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC), true);
  const int input = nothing.get() < 0 ? -1 : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  const int output = nothing.get() < 0 ? -1 : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (input >= 0) dup2(nothing.get(), STDIN_FILENO);
  if (output >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) < 0) dup2(nothing.get(), STDOUT_FILENO);
  result["input"] = input < 0 ? STDIN_FILENO : input;
  result["output"] = output < 0 ? STDOUT_FILENO : output;
  return result;
}

}  // namespace

void define_standard_streams(Napi::Env env, Napi::Object exports) {
  exports["takeStandardStreams"] = Napi::Function::New(env, take, "takeStandardStreams");
}

}  // namespace plughost::addon
