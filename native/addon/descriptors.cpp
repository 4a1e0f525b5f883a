#include "descriptors.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "engine/outlet.hpp"

namespace plughost::addon {
namespace {

Napi::Error refused(Napi::Env env, int code) {
  auto error = Napi::Error::New(env, std::strerror(code));
  error.Set("errno", static_cast<double>(code));
  return error;
}

Napi::Value write_now(const Napi::CallbackInfo &info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  Outlet outlet(info[0].ToNumber().Int32Value());
  size_t done = 0;
  while (done < bytes.ByteLength()) {
    const iovec piece{bytes.Data() + done, bytes.ByteLength() - done};
    const ssize_t wrote = outlet.write({&piece, 1});
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) break;
    if (wrote < 0) throw refused(info.Env(), errno);
    done += static_cast<size_t>(wrote);
  }
  return Napi::Number::New(info.Env(), static_cast<double>(done));
}

void name_file(const Napi::CallbackInfo &info) {
  const std::string from = "/proc/self/fd/" + std::to_string(info[0].ToNumber().Int32Value());
  const std::string to = info[1].ToString().Utf8Value();
  if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) != 0) throw refused(info.Env(), errno);
}

}  // namespace

void define_descriptors(Napi::Env env, Napi::Object exports) {
  exports["writeNow"] = Napi::Function::New(env, write_now, "writeNow");
  exports["nameFile"] = Napi::Function::New(env, name_file, "nameFile");
}

}  // namespace plughost::addon
