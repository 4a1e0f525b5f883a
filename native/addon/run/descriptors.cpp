#include "addon/run/descriptors.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "addon/values/values.hpp"
#include "os/file/outlet.hpp"

namespace plughost::addon {
namespace {

// The limit of Linux for the names, and for a value, in bytes.
constexpr size_t kMaxAttributes = 64 << 10;

Napi::Value write_now(const Napi::CallbackInfo &info) {
  auto bytes = info[1].As<Napi::Uint8Array>();
  Outlet outlet(info[0].ToNumber().Int32Value());
  size_t done = 0;
  while (done < bytes.ByteLength()) {
    const OutputPiece piece{bytes.Data() + done, bytes.ByteLength() - done};
    const auto wrote = outlet.write({&piece, 1});
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0 && errno == EAGAIN) break;
    if (wrote < 0) throw refused(info.Env(), errno);
    done += static_cast<size_t>(wrote);
  }
  return Napi::Number::New(info.Env(), static_cast<double>(done));
}

Napi::Value is_terminal(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), isatty(info[0].ToNumber().Int32Value()) == 1);
}

void name_file(const Napi::CallbackInfo &info) {
  const std::string from = "/proc/self/fd/" + std::to_string(info[0].ToNumber().Int32Value());
  const std::string to = file_name_of(info[1], "path");
  if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) != 0) throw refused(info.Env(), errno);
}

// Returns whether an attribute is copied: the access list and those of users. The system sets its own.
bool is_copied(const std::string &name) { return name.starts_with("user.") || name.starts_with("system.posix_acl_"); }

void copy_attributes(const Napi::CallbackInfo &info) {
  const std::string from = file_name_of(info[0], "from");
  const int to = info[1].ToNumber().Int32Value();
  std::string names(kMaxAttributes, '\0');
  const ssize_t length = listxattr(from.c_str(), names.data(), names.size());
  if (length < 0 && errno == ENOTSUP) return;
  if (length < 0) throw refused(info.Env(), errno);
  std::string value(kMaxAttributes, '\0');
  for (size_t at = 0; at < static_cast<size_t>(length);) {
    const std::string name(names.c_str() + at);
    at += name.size() + 1;
    if (!is_copied(name)) continue;
    const ssize_t size = getxattr(from.c_str(), name.c_str(), value.data(), value.size());
    if (size < 0 || fsetxattr(to, name.c_str(), value.data(), static_cast<size_t>(size), 0) != 0)
      throw refused(info.Env(), errno);
  }
}

}  // namespace

void define_descriptors(Napi::Env env, Napi::Object exports) {
  exports["writeNow"] = Napi::Function::New(env, write_now, "writeNow");
  exports["isTerminal"] = Napi::Function::New(env, is_terminal, "isTerminal");
  exports["copyAttributes"] = Napi::Function::New(env, copy_attributes, "copyAttributes");
  exports["nameFile"] = Napi::Function::New(env, name_file, "nameFile");
}

}  // namespace plughost::addon
