#include "addon/run/read_ceiling.hpp"

#include <exception>

#include "engine/input/read_ceiling.hpp"

namespace plughost::addon {
namespace {

Napi::Value read_ceiling(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  const int64_t file = info[0].IsNumber() ? info[0].As<Napi::Number>().Int64Value() : -1;
  const int64_t workers = info[1].IsNumber() ? info[1].As<Napi::Number>().Int64Value() : 0;
  if (file < 0 || file > INT32_MAX) throw Napi::TypeError::New(env, "readCeiling: a descriptor is needed");
  if (workers < 1 || workers > 1024) throw Napi::TypeError::New(env, "readCeiling: 1 to 1024 workers are needed");
  ReadCeiling limit;
  try {
    limit = plughost::read_ceiling({static_cast<int>(file), false}, static_cast<unsigned>(workers));
  } catch (const std::exception &error) {
    throw Napi::Error::New(env, error.what());
  }
  auto result = Napi::Object::New(env);
  result["bytes"] = static_cast<double>(limit.bytes);
  result["lines"] = static_cast<double>(limit.lines);
  result["elapsed"] = static_cast<double>(limit.elapsed_ns);
  result["form"] = limit.form;
  return result;
}

}  // namespace

void define_read_ceiling(Napi::Env env, Napi::Object exports) {
  exports["readCeiling"] = Napi::Function::New(env, read_ceiling, "readCeiling");
}

}  // namespace plughost::addon
