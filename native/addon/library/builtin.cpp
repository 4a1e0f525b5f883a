#include "addon/library/builtin.hpp"

#include <cstring>

#include "addon/values/values.hpp"
#include "builtin/builtin_plugins.hpp"

namespace plughost::addon {
namespace {

Napi::Value builtin(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  auto result = Napi::Array::New(env);
  for (const BuiltinPlugin &plugin : builtin_plugins()) {
    auto object = Napi::Object::New(env);
    object["name"] = plugin.name;
    object["manifest"] = Napi::Buffer<char>::Copy(env, plugin.manifest, std::strlen(plugin.manifest));
    object["newPlugin"] = bigint_of(env, plugin.new_plugin);
    object["kind"] = plugin.is_data ? "data" : "function";
    result[result.Length()] = object;
  }
  return result;
}

}  // namespace

void define_builtin(Napi::Env env, Napi::Object exports) {
  exports["builtin"] = Napi::Function::New(env, builtin, "builtin");
}

}  // namespace plughost::addon
