#include "addon/calls/control.hpp"

#include <unistd.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "addon/values/values.hpp"
#include "engine/plugin/context.hpp"
#include "engine/plugin/host.hpp"
#include "engine/plugin/sink.hpp"
#include "os/memory/checked_copy.hpp"
#include "os/memory/mappings.hpp"

namespace plughost::addon {

bool on_main_thread() { return gettid() == getpid(); }

namespace {

Napi::Value read_memory(const Napi::CallbackInfo &info) {
  const uintptr_t address = address_of(info[0], "readMemory");
  constexpr double kMax = 1 << 30;
  const double length = info[1].IsNumber() ? info[1].As<Napi::Number>().DoubleValue() : -1;
  if (!(length >= 0 && length <= kMax)) throw Napi::RangeError::New(info.Env(), "readMemory: the length is not usable");
  auto buffer = Napi::Buffer<uint8_t>::New(info.Env(), static_cast<size_t>(length));
  if (!plughost::read_memory(address, buffer.Data(), buffer.Length())) return info.Env().Null();
  return buffer;
}

Napi::Value write_memory(const Napi::CallbackInfo &info) {
  const uintptr_t address = address_of(info[0], "writeMemory");
  if (!info[1].IsBuffer()) throw Napi::TypeError::New(info.Env(), "writeMemory: a buffer is needed");
  const auto from = info[1].As<Napi::Buffer<uint8_t>>();
  return Napi::Boolean::New(info.Env(), plughost::write_memory(address, from.Data(), from.Length()));
}

Napi::Value mapping_at(const Napi::CallbackInfo &info) {
  const auto mapping = plughost::mapping_at(address_of(info[0], "mappingAt"));
  if (!mapping) return info.Env().Null();
  auto result = Napi::Object::New(info.Env());
  result["path"] = mapping->path;
  result["executable"] = mapping->executable;
  result["begin"] = Napi::BigInt::New(info.Env(), static_cast<uint64_t>(mapping->begin));
  result["end"] = Napi::BigInt::New(info.Env(), static_cast<uint64_t>(mapping->end));
  return result;
}

Napi::Value host_for(const Napi::CallbackInfo &info) {
  return bigint_of(info.Env(), plughost::host_for(text_of(info[0], "hostFor")));
}

Napi::Value drain_log(const Napi::CallbackInfo &info) {
  const auto batch = plughost::drain_log();
  auto records = Napi::Array::New(info.Env(), batch.records.size());
  for (uint32_t i = 0; i < batch.records.size(); i++) {
    const auto &record = batch.records[i];
    auto entry = Napi::Object::New(info.Env());
    entry["label"] = record.label;
    entry["level"] = record.level;
    entry["message"] = Napi::Buffer<char>::Copy(info.Env(), record.message.data(), record.message.size());
    records[i] = entry;
  }
  auto result = Napi::Object::New(info.Env());
  result["records"] = records;
  result["dropped"] = static_cast<double>(batch.dropped);
  return result;
}

class Sink : public Napi::ObjectWrap<Sink> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Sink", {InstanceAccessor<&Sink::address>("address"), InstanceMethod<&Sink::take>("take")});
  }
  explicit Sink(const Napi::CallbackInfo &info) : ObjectWrap(info) {}

 private:
  Napi::Value address(const Napi::CallbackInfo &info) { return bigint_of(info.Env(), sink_.address()); }
  Napi::Value take(const Napi::CallbackInfo &info) {
    const auto bytes = sink_.buffer().bytes();
    auto result = Napi::Buffer<uint8_t>::Copy(info.Env(), bytes.data(), bytes.size());
    sink_.buffer().clear();
    return result;
  }

  MemorySink sink_;
};

constexpr napi_type_tag kContextTag = {0x706c7567686f7374, 0x0000636f6e746578};

class Context : public Napi::ObjectWrap<Context> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "Context",
        {InstanceAccessor<&Context::address>("address"), InstanceAccessor<&Context::cancelled>("cancelled"),
         InstanceMethod<&Context::cancel>("cancel")});
  }
  explicit Context(const Napi::CallbackInfo &info)
      : ObjectWrap(info), context_(std::make_shared<CallContext>(timeout(info[0]))) {
    Value().TypeTag(&kContextTag);
  }

  std::shared_ptr<CallContext> context() const { return context_; }

 private:
  static std::chrono::nanoseconds timeout(const Napi::Value &value) {
    if (!value.IsNumber()) return {};
    // A day is as good as no limit, and its sum with the clock fits 64 bits.
    const double ms = std::clamp(value.As<Napi::Number>().DoubleValue(), 0.0, 86'400'000.0);
    return std::chrono::nanoseconds(std::llround(ms * 1e6));
  }
  Napi::Value address(const Napi::CallbackInfo &info) { return bigint_of(info.Env(), context_->address()); }
  Napi::Value cancelled(const Napi::CallbackInfo &info) {
    return Napi::Number::New(info.Env(), context_->cancel.reason());
  }
  void cancel(const Napi::CallbackInfo &info) { context_->cancel.raise(info[0].ToNumber().Uint32Value()); }

  const std::shared_ptr<CallContext> context_;
};

}  // namespace

std::shared_ptr<CallContext> context_of(const Napi::Value &value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kContextTag))
    throw Napi::TypeError::New(value.Env(), "a Context is needed");
  return Context::Unwrap(value.As<Napi::Object>())->context();
}

void define_control(Napi::Env env, Napi::Object exports) {
  exports["mainThread"] = on_main_thread();
  exports["readMemory"] = Napi::Function::New(env, read_memory, "readMemory");
  exports["writeMemory"] = Napi::Function::New(env, write_memory, "writeMemory");
  exports["mappingAt"] = Napi::Function::New(env, mapping_at, "mappingAt");
  exports["hostFor"] = Napi::Function::New(env, host_for, "hostFor");
  exports["drainLog"] = Napi::Function::New(env, drain_log, "drainLog");
  exports["Sink"] = Sink::define(env);
  exports["Context"] = Context::define(env);
}

}  // namespace plughost::addon
