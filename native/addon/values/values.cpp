#include "addon/values/values.hpp"

#include <cstring>

namespace plughost::addon {
namespace {

[[noreturn]] void refuse(const Napi::Value &value, const char *what, const char *wanted) {
  throw Napi::TypeError::New(value.Env(), std::string(what) + ": " + wanted + " is needed");
}

}  // namespace

uintptr_t address_of(const Napi::Value &value, const char *what) {
  bool lossless = false;
  const uint64_t address = value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&lossless) : 0;
  if (!lossless) refuse(value, what, "an address (bigint)");
  return static_cast<uintptr_t>(address);
}

Napi::Value bigint_of(Napi::Env env, const void *address) {
  return Napi::BigInt::New(env, static_cast<uint64_t>(reinterpret_cast<uintptr_t>(address)));
}

std::string text_of(const Napi::Value &value, const char *what) {
  if (!value.IsString()) refuse(value, what, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::string file_name_of(const Napi::Value &value, const char *what) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  if (!value.IsBuffer()) refuse(value, what, "a string or a buffer");
  const auto bytes = value.As<Napi::Buffer<char>>();
  return {bytes.Data(), bytes.Length()};
}

Napi::Error refused(Napi::Env env, int code) {
  auto error = Napi::Error::New(env, std::strerror(code));
  error.Set("errno", static_cast<double>(code));
  return error;
}

}  // namespace plughost::addon
