#include "addon/library/registry.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <memory>
#include <variant>

#include "addon/library/library_registry.hpp"
#include "addon/library/open_library.hpp"
#include "os/memory/mappings.hpp"

namespace plughost::addon {
namespace {

[[noreturn]] void fail(Napi::Env env, const char *code, const std::string &message) {
  auto error = Napi::Error::New(env, message);
  error.Set("code", code);
  throw error;
}

std::string text(const Napi::Value &value) { return value.ToString().Utf8Value(); }

// Returns the number of a record. Throws Napi::RangeError when no record has it.
uint32_t number_of(const Napi::Value &value) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number < static_cast<double>(Registry::process().size())))
    throw Napi::RangeError::New(value.Env(), "there is no library of that number");
  return static_cast<uint32_t>(number);
}

// Every open of a library that is open already calls this, so it creates no object and asks the system only for the
// real path.
Napi::Value find(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  const std::string name = text(info[0]);
  if (name.find('\0') != std::string::npos) return env.Null();
  const std::unique_ptr<char, decltype(&std::free)> path(::realpath(name.c_str(), nullptr), &std::free);
  if (!path) return env.Null();
  if (const auto number = Registry::process().find(path.get())) return Napi::Number::New(env, *number);
  return Napi::String::New(env, path.get());
}

Napi::Value is_stale(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), Registry::process().is_stale(number_of(info[0])));
}

Napi::Object object_of(Napi::Env env, const LibraryRecord &record) {
  auto object = Napi::Object::New(env);
  object["path"] = record.path;
  object["file"] = record.file;
  object["description"] = record.description;
  object["generation"] = record.generation;
  object["base"] = Napi::BigInt::New(env, static_cast<uint64_t>(record.base));
  object["mapped"] = static_cast<double>(record.mapped);
  object["retired"] = record.retired;
  return object;
}

Napi::Value begin(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  try {
    const auto begun = Registry::process().begin(text(info[0]));
    if (const auto *number = std::get_if<uint32_t>(&begun)) return Napi::Number::New(env, *number);
    const auto &[identity, previous] = std::get<Registry::Opening>(begun);
    if (!previous) return env.Null();
    auto object = object_of(env, *previous);
    object["unchanged"] = previous->identity == identity;
    return object;
  } catch (const RegistryError &error) {
    fail(env, error.code, error.what());
  }
}

Napi::Value commit(const Napi::CallbackInfo &info) {
  const auto loaded = info[1].ToObject();
  LibraryRecord record;
  record.path = text(info[0]);
  record.file = text(loaded.Get("file"));
  record.id = text(loaded.Get("id"));
  record.description = text(loaded.Get("description"));
  try {
    return Napi::Number::New(info.Env(), Registry::process().commit(std::move(record)));
  } catch (const RegistryError &error) {
    fail(info.Env(), error.code, error.what());
  }
}

void abort(const Napi::CallbackInfo &info) { Registry::process().abort(text(info[0])); }

void abort_all(const Napi::CallbackInfo &) { Registry::process().abort_all(); }

Napi::Value holder_of(const Napi::CallbackInfo &info) {
  const auto path = Registry::process().holder_of(text(info[0]), text(info[1]));
  return path ? Napi::Value(Napi::String::New(info.Env(), *path)) : info.Env().Null();
}

Napi::Value at(const Napi::CallbackInfo &info) {
  return object_of(info.Env(), Registry::process().at(number_of(info[0])));
}

void retire(const Napi::CallbackInfo &info) { Registry::process().retire(number_of(info[0])); }

Napi::Value is_retired(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), Registry::process().is_retired(number_of(info[0])));
}

Napi::Value all(const Napi::CallbackInfo &info) {
  const auto records = Registry::process().all();
  auto result = Napi::Array::New(info.Env(), records.size());
  for (uint32_t i = 0; i < records.size(); i++) result[i] = object_of(info.Env(), records[i]);
  return result;
}

Napi::Value open_as(const Napi::CallbackInfo &info) {
  const auto found = find_open(text(info[0]));
  if (!found) return info.Env().Null();
  auto object = Napi::Object::New(info.Env());
  object["path"] = found->path;
  object["same"] = is_mapped_from(found->inside, text(info[1])).value_or(found->path == text(info[1]));
  return object;
}

}  // namespace

void define_registry(Napi::Env env, Napi::Object exports) {
  // A worker that is terminated runs no JavaScript any more, so its openings are ended here.
  env.AddCleanupHook([] { Registry::process().abort_all(); });
  exports["programHas"] = Napi::Function::New(
      env,
      [](const Napi::CallbackInfo &info) {
        return Napi::Boolean::New(info.Env(), dlsym(RTLD_DEFAULT, text(info[0]).c_str()) != nullptr);
      },
      "programHas");
  exports["openAs"] = Napi::Function::New(env, open_as, "openAs");
  auto registry = Napi::Object::New(env);
  registry["find"] = Napi::Function::New(env, find, "find");
  registry["isStale"] = Napi::Function::New(env, is_stale, "isStale");
  registry["begin"] = Napi::Function::New(env, begin, "begin");
  registry["commit"] = Napi::Function::New(env, commit, "commit");
  registry["abort"] = Napi::Function::New(env, abort, "abort");
  registry["abortAll"] = Napi::Function::New(env, abort_all, "abortAll");
  registry["holderOf"] = Napi::Function::New(env, holder_of, "holderOf");
  registry["at"] = Napi::Function::New(env, at, "at");
  registry["retire"] = Napi::Function::New(env, retire, "retire");
  registry["isRetired"] = Napi::Function::New(env, is_retired, "isRetired");
  registry["all"] = Napi::Function::New(env, all, "all");
  exports["registry"] = registry;
}

}  // namespace plughost::addon
