#include "addon/run/read_folder.hpp"

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "addon/values/values.hpp"
#include "os/file/folder.hpp"

namespace plughost::addon {
namespace {

// JavaScript gets all names in one piece: a call for each would take longer than reading the folder.
Napi::Object object_of(Napi::Env env, const std::vector<FolderEntry> &entries) {
  auto kinds = Napi::Uint8Array::New(env, entries.size());
  std::string names;
  for (size_t i = 0; i < entries.size(); i++) {
    kinds[i] = static_cast<uint8_t>(entries[i].kind);
    names += entries[i].name;
    names += '\0';
  }
  auto result = Napi::Object::New(env);
  result["names"] = Napi::Buffer<char>::Copy(env, names.data(), names.size());
  result["kinds"] = kinds;
  return result;
}

Napi::Value read_folder(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  const std::string path = file_name_of(info[0], "path");
  try {
    return object_of(env, plughost::read_folder(path));
  } catch (const std::system_error &thrown) {
    throw refused(env, thrown.code().value());
  }
}

}  // namespace

void define_read_folder(Napi::Env env, Napi::Object exports) {
  exports["readFolder"] = Napi::Function::New(env, read_folder, "readFolder");
}

}  // namespace plughost::addon
