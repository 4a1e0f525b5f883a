#include "addon/isolated/isolated.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "addon/calls/async_call.hpp"
#include "addon/calls/control.hpp"
#include "addon/isolated/control_runner.hpp"
#include "addon/isolated/fault_object.hpp"
#include "addon/isolated/isolated_spec.hpp"
#include "addon/library/library_registry.hpp"
#include "addon/run/stage_handle.hpp"
#include "addon/values/object_reader.hpp"
#include "addon/values/values.hpp"
#include "engine/isolation/make_stage.hpp"

namespace plughost::addon {

using namespace ipc;
using namespace isolation;

namespace {

Napi::Buffer<uint8_t> buffer_of(Napi::Env env, const std::string &text) {
  return Napi::Buffer<uint8_t>::Copy(env, reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

Napi::Object object_of(Napi::Env env, const Description &description) {
  auto result = Napi::Object::New(env);
  result["name"] = buffer_of(env, description.name);
  auto structs = Napi::Object::New(env);
  for (size_t i = 0; i < kKindCount; i++) {
    const std::vector<uint8_t> &bytes = description.structs[i];
    if (!bytes.empty()) structs[kKinds[i].name] = Napi::Buffer<uint8_t>::Copy(env, bytes.data(), bytes.size());
  }
  result["structs"] = structs;
  result["landlock"] = description.landlock;
  return result;
}

class IsolatedStages : public StageFactory {
 public:
  IsolatedStages(std::shared_ptr<ControlRunner> control, Role kind, StageOptions options)
      : control_(std::move(control)), kind_(kind), options_(options) {}

  RunStage make(LineEnd line_end) const override {
    if (control_->ended()) throw PluginEnded{};
    StageOptions options = options_;
    options.line_end = line_end;
    return make_isolated_stage(kind_, control_->plugin(), options,
                               names_columns(kind_) ? control_->names(kind_) : NamedColumns());
  }

 private:
  const std::shared_ptr<ControlRunner> control_;
  const Role kind_;
  const StageOptions options_;
};

// `run` on a thread of its own.
class IsolatedRunCall : public AsyncCall {
 public:
  IsolatedRunCall(std::shared_ptr<ControlRunner> control, std::shared_ptr<CallContext> context)
      : AsyncCall(0), control_(std::move(control)), context_(std::move(context)) {}

  void run() override {
    try {
      result_ = control_->run(*context_->address());
    } catch (const std::exception &error) {
      error_ = error.what();
    }
  }
  void cancel() override { context_->cancel.raise(PLUG_CANCEL_SHUTDOWN); }
  Napi::Value answer(Napi::Env env) override {
    if (error_) throw Napi::Error::New(env, *error_);
    return addon::object_of(env, result_);
  }

 private:
  const std::shared_ptr<ControlRunner> control_;
  const std::shared_ptr<CallContext> context_;
  CallResult result_;
  std::optional<std::string> error_;
};

class Isolated : public Napi::ObjectWrap<Isolated> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Isolated",
                       {InstanceMethod<&Isolated::start>("start"), InstanceMethod<&Isolated::run>("run"),
                        InstanceMethod<&Isolated::run_async>("runAsync"), InstanceMethod<&Isolated::match>("match"),
                        InstanceMethod<&Isolated::stage>("stage"), InstanceMethod<&Isolated::end>("end")});
  }

  explicit Isolated(const Napi::CallbackInfo &info)
      : ObjectWrap(info),
        control_(std::make_shared<ControlRunner>(std::make_shared<IsolatedPlugin>(read_isolated_spec(info[0])))) {
    const std::string id = ObjectReader(info[0], "isolated").text("id");
    if (!id.empty()) held_.emplace(Registry::process(), id, control_->plugin()->spec->library.path);
  }

 private:
  Napi::Value start(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    try {
      control_->start();
    } catch (const NotStarted &failed) {
      auto result = Napi::Object::New(env);
      result["fault"] = addon::object_of(env, failed.fault);
      return result;
    } catch (const std::exception &error) {
      throw Napi::Error::New(env, error.what());
    }
    return object_of(env, control_->plugin()->description);
  }

  Napi::Value run(const Napi::CallbackInfo &info) {
    const auto *ctx = reinterpret_cast<const plug_ctx *>(address_of(info[0], "run"));
    return value_of(info.Env(), [&] { return control_->run(*ctx); });
  }

  Napi::Value run_async(const Napi::CallbackInfo &info) {
    return start_call(info.Env(), std::make_shared<IsolatedRunCall>(control_, context_of(info[0])));
  }

  Napi::Value match(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsTypedArray()) throw Napi::TypeError::New(env, "match: bytes are needed");
    const auto line = info[0].As<Napi::Uint8Array>();
    if (line.ByteLength() > kMaxMatchLine) throw Napi::RangeError::New(env, "match: the line is longer than 128 MiB");
    return value_of(env, [&] { return control_->match({line.Data(), line.ByteLength()}); });
  }

  template <typename Call>
  static Napi::Value value_of(Napi::Env env, Call call) {
    try {
      return addon::object_of(env, call());
    } catch (const std::exception &error) {
      throw Napi::Error::New(env, error.what());
    }
  }

  Napi::Value stage(const Napi::CallbackInfo &info) {
    return stage_handle(info.Env(),
                        std::make_unique<IsolatedStages>(control_, kind_of(info[0]), stage_options_of(info[1])));
  }

  void end(const Napi::CallbackInfo &) {
    control_->end();
    held_.reset();
  }

  const std::shared_ptr<ControlRunner> control_;
  std::optional<Registry::Held> held_;  // no plugin of another path has the id
};

}  // namespace

void define_isolated(Napi::Env env, Napi::Object exports) { exports["Isolated"] = Isolated::define(env); }

}  // namespace plughost::addon
