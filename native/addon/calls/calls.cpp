#include "addon/calls/calls.hpp"

#include <dlfcn.h>
#include <plughost/filter.h>

#include <memory>
#include <string>
#include <utility>

#include "addon/calls/async_call.hpp"
#include "addon/calls/control.hpp"
#include "addon/calls/plugin_calls.hpp"
#include "addon/values/values.hpp"
#include "engine/plugin/context.hpp"
#include "engine/plugin/sink.hpp"

// No function here calls into JavaScript. So a worker thread that is being terminated still completes them.
namespace plughost::addon {
namespace {

// Returns the pointer in an argument: an address, the memory of a typed array, or null.
void *pointer_of(const Napi::Value &value) {
  if (value.IsTypedArray()) {
    void *data = nullptr;
    if (napi_get_typedarray_info(value.Env(), value, nullptr, nullptr, &data, nullptr, nullptr) == napi_ok) return data;
  }
  if (value.IsNull()) return nullptr;
  return reinterpret_cast<void *>(address_of(value, "call"));
}

template <typename Type>
Type *pointer(const Napi::Value &value) {
  return static_cast<Type *>(pointer_of(value));
}

// Returns the function at the address in the first argument.
template <typename Function>
Function function(const Napi::CallbackInfo &info) {
  const uintptr_t address = address_of(info[0], "call");
  if (address == 0) throw Napi::TypeError::New(info.Env(), "call: the function is null");
  return reinterpret_cast<Function>(address);
}

Napi::Value address(Napi::Env env, const void *given) {
  if (!given) return env.Null();
  return Napi::BigInt::New(env, static_cast<uint64_t>(reinterpret_cast<uintptr_t>(given)));
}

Napi::Value new_plugin(const Napi::CallbackInfo &info) {
  return address(info.Env(), function<plug_plugin *(*)()>(info)());
}

Napi::Value name(const Napi::CallbackInfo &info) {
  return address(info.Env(), function<decltype(plug_plugin::name)>(info)(pointer<plug_plugin>(info[1])));
}

Napi::Value init(const Napi::CallbackInfo &info) {
  const auto config = info[3].As<Napi::Uint8Array>();
  return Napi::Number::New(info.Env(), function<decltype(plug_plugin::init)>(info)(
                                           pointer<plug_plugin>(info[1]), pointer<plug_host>(info[2]),
                                           {config.Data(), config.ByteLength()}, pointer<plug_error>(info[4])));
}

Napi::Value run(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), function<decltype(plug_plugin::run)>(info)(
                                           pointer<plug_plugin>(info[1]), pointer<plug_ctx>(info[2]),
                                           pointer<plug_sink>(info[3]), pointer<plug_error>(info[4])));
}

// Calls `run` on its own thread. The cancel word of the context tells the plugin when its JavaScript thread ends.
class RunCall : public AsyncCall {
 public:
  RunCall(decltype(plug_plugin::run) run, plug_plugin *plugin, const plug_host *host,
          std::shared_ptr<CallContext> context)
      : AsyncCall(reinterpret_cast<uintptr_t>(plugin)),
        run_(run),
        host_(host),
        plugin_(plugin),
        context_(std::move(context)) {}

  void run() override { status_ = run_gate(run_, host_, plugin_, context_->address(), sink_.address(), &error_); }
  void cancel() override { context_->cancel.raise(PLUG_CANCEL_SHUTDOWN); }
  Napi::Value answer(Napi::Env env) override {
    const auto bytes = sink_.buffer().bytes();
    auto result = Napi::Object::New(env);
    result["status"] = status_;
    result["bytes"] = Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size());
    result["error"] = Napi::Buffer<uint8_t>::Copy(env, reinterpret_cast<const uint8_t *>(&error_), sizeof error_);
    return result;
  }

 private:
  const decltype(plug_plugin::run) run_;
  const plug_host *const host_;
  plug_plugin *const plugin_;
  const std::shared_ptr<CallContext> context_;
  MemorySink sink_;
  plug_error error_{sizeof(plug_error), 0, UINT64_MAX, 0, {}};
  int32_t status_ = 0;
};

Napi::Value run_async(const Napi::CallbackInfo &info) {
  return start_call(info.Env(),
                    std::make_shared<RunCall>(function<decltype(plug_plugin::run)>(info), pointer<plug_plugin>(info[1]),
                                              pointer<plug_host>(info[2]), context_of(info[3])));
}

Napi::Value extension(const Napi::CallbackInfo &info) {
  return address(info.Env(), function<decltype(plug_plugin::extension)>(info)(pointer<plug_plugin>(info[1]),
                                                                              pointer<const char>(info[2])));
}

Napi::Value state_new(const Napi::CallbackInfo &info) {
  return address(info.Env(), function<decltype(plug_filter::state_new)>(info)(pointer<plug_plugin>(info[1]),
                                                                              pointer<plug_error>(info[2])));
}

Napi::Value match(const Napi::CallbackInfo &info) {
  const auto line = info[4].As<Napi::Uint8Array>();
  return Napi::Number::New(
      info.Env(), match_gate(function<decltype(plug_filter::match)>(info), pointer<plug_host>(info[1]),
                             pointer<plug_plugin>(info[2]), pointer<void>(info[3]), line.Data(), line.ByteLength()));
}

[[noreturn]] void fail(Napi::Env env) {
  const char *const reason = dlerror();
  throw Napi::Error::New(env, reason ? reason : "the loader gives no reason");
}

Napi::Value open_library(const Napi::CallbackInfo &info) {
  const std::string file = info[0].ToString().Utf8Value();
  void *const handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) fail(info.Env());
  return address(info.Env(), handle);
}

Napi::Value symbol_of(const Napi::CallbackInfo &info) {
  void *const handle = pointer<void>(info[0]);
  dlerror();
  void *const found = dlsym(handle, info[1].ToString().Utf8Value().c_str());
  if (!found) fail(info.Env());
  return address(info.Env(), found);
}

}  // namespace

void define_calls(Napi::Env env, Napi::Object exports) {
  auto calls = Napi::Object::New(env);
  calls["NewPlugin"] = Napi::Function::New(env, new_plugin, "NewPlugin");
  calls["name"] = Napi::Function::New(env, name, "name");
  calls["init"] = Napi::Function::New(env, init, "init");
  calls["run"] = Napi::Function::New(env, run, "run");
  calls["runAsync"] = Napi::Function::New(env, run_async, "runAsync");
  calls["extension"] = Napi::Function::New(env, extension, "extension");
  calls["state_new"] = Napi::Function::New(env, state_new, "state_new");
  calls["match"] = Napi::Function::New(env, match, "match");
  exports["calls"] = calls;
  exports["openLibrary"] = Napi::Function::New(env, open_library, "openLibrary");
  exports["symbolOf"] = Napi::Function::New(env, symbol_of, "symbolOf");
}

}  // namespace plughost::addon
