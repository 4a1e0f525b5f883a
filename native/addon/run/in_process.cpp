#include "addon/run/in_process.hpp"

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "addon/run/stage_handle.hpp"
#include "addon/values/values.hpp"

namespace plughost::addon {
namespace {

// Shared by the instance in JavaScript and the handles that it made.
struct SharedPlugin {
  const StagePlugin plugin;
  std::atomic<bool> ended{false};
};

class InProcessStages : public StageFactory {
 public:
  InProcessStages(std::shared_ptr<const SharedPlugin> shared, ipc::Role kind, std::vector<uint8_t> calls,
                  StageOptions options)
      : shared_(std::move(shared)), kind_(kind), calls_(std::move(calls)), options_(options) {}

  RunStage make(LineEnd line_end) const override {
    if (shared_->ended) throw PluginEnded{};
    StageOptions options = options_;
    options.line_end = line_end;
    return make_direct_stage(kind_, shared_->plugin, calls_, options);
  }

 private:
  const std::shared_ptr<const SharedPlugin> shared_;
  const ipc::Role kind_;
  const std::vector<uint8_t> calls_;
  const StageOptions options_;
};

class InProcess : public Napi::ObjectWrap<InProcess> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "InProcess",
        {InstanceAccessor<&InProcess::broken>("broken"), InstanceMethod<&InProcess::mark_broken>("markBroken"),
         InstanceMethod<&InProcess::stage>("stage"), InstanceMethod<&InProcess::end>("end")});
  }

  explicit InProcess(const Napi::CallbackInfo &info)
      : ObjectWrap(info),
        shared_(new SharedPlugin{
            {text_of(info[1], "InProcess"), reinterpret_cast<const plug_plugin *>(address_of(info[0], "InProcess"))}}) {
    if (!shared_->plugin.instance) throw Napi::TypeError::New(info.Env(), "InProcess: the address is null");
  }

 private:
  Napi::Value broken(const Napi::CallbackInfo &info) { return Napi::Boolean::New(info.Env(), *shared_->plugin.broken); }

  void mark_broken(const Napi::CallbackInfo &) { shared_->plugin.broken->store(true); }

  Napi::Value stage(const Napi::CallbackInfo &info) {
    if (!info[2].IsBuffer()) throw Napi::TypeError::New(info.Env(), "stage: the struct of the kind is needed");
    const auto calls = info[2].As<Napi::Buffer<uint8_t>>();
    return stage_handle(
        info.Env(), std::make_unique<InProcessStages>(shared_, kind_of(info[0]),
                                                      std::vector<uint8_t>(calls.Data(), calls.Data() + calls.Length()),
                                                      stage_options_of(info[1])));
  }

  void end(const Napi::CallbackInfo &) { shared_->ended = true; }

  const std::shared_ptr<SharedPlugin> shared_;
};

}  // namespace

void define_in_process(Napi::Env env, Napi::Object exports) { exports["InProcess"] = InProcess::define(env); }

}  // namespace plughost::addon
