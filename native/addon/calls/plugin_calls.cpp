#include "addon/calls/plugin_calls.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "addon/calls/control.hpp"
#include "addon/values/values.hpp"
#include "engine/plugin/crash_report.hpp"
#include "engine/plugin/host.hpp"
#include "os/process/process_state.hpp"
#include "os/thread/handler_stack.hpp"

namespace plughost::addon {
namespace {

// A call of a plugin that JavaScript makes on this thread. A raw pointer holds it: exit() would run a destructor of a
// thread-local object before the crash handler could read it.
struct Call {
  Call(std::string label, std::string operation, Call *outer)
      : label(std::move(label)),
        operation(std::move(operation)),
        scope(this->label.c_str(), this->operation.c_str()),
        outer(outer) {}
  const std::string label, operation;
  const PluginCallScope scope;
  Call *const outer;
};
thread_local Call *innermost = nullptr;

// The state of the process when the outermost of nested calls began; one for each thread.
struct Kept {
  std::unique_ptr<const ProcessState> state;
  int users = 0;
};
thread_local Kept kept;

void keep_process() {
  if (kept.users++ == 0) kept.state = std::make_unique<ProcessState>(on_main_thread());
}

Changes release_process(bool compare) {
  Changes changes;
  if (kept.users == 0) return changes;
  if (compare) changes = kept.state->restore();
  if (--kept.users == 0) kept.state.reset();
  return changes;
}

std::string joined(const std::vector<std::string> &words) {
  std::string text;
  for (const std::string &word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Napi::Value value_of(Napi::Env env, const Changes &changes) {
  if (changes.put_back.empty() && changes.lost.empty()) return env.Null();
  auto result = Napi::Object::New(env);
  result["putBack"] = joined(changes.put_back);
  result["lost"] = joined(changes.lost);
  result["ofLibrary"] = changes.of_library;
  return result;
}

void enter_plugin(const Napi::CallbackInfo &info) {
  ensure_handler_stack();
  keep_process();
  innermost = new Call(text_of(info[0], "enterPlugin"), text_of(info[1], "enterPlugin"), innermost);
}

Napi::Value leave_plugin(const Napi::CallbackInfo &info) {
  const std::unique_ptr<Call> left(innermost);
  if (left) innermost = left->outer;
  return value_of(info.Env(), release_process(info[0].ToBoolean()));
}

void log_misbehaving(const Napi::CallbackInfo &info) {
  plughost::log_as(text_of(info[0], "logMisbehaving"), PLUG_LOG_PLUGIN_MISBEHAVING, text_of(info[1], "logMisbehaving"));
}

class Gate {
 public:
  Gate(const plug_host *host, const char *operation)
      : scope_((ensure_handler_stack(), static_cast<const std::string *>(host->self)->c_str()), operation) {}

 private:
  const PluginCallScope scope_;
};

void report_crashes(const Napi::CallbackInfo &) { install_crash_reports(); }

}  // namespace

int32_t run_gate(decltype(plug_plugin::run) run, const plug_host *host, plug_plugin *plugin, const plug_ctx *ctx,
                 plug_sink *out, plug_error *error) {
  const Gate gate(host, "run");
  return run(plugin, ctx, out, error);
}

int32_t match_gate(decltype(plug_filter::match) match, const plug_host *host, const plug_plugin *plugin, void *state,
                   const uint8_t *data, uint64_t len) {
  const Gate gate(host, "match");
  return match(plugin, state, data, len);
}

void define_plugin_calls(Napi::Env env, Napi::Object exports) {
  exports["enterPlugin"] = Napi::Function::New(env, enter_plugin, "enterPlugin");
  exports["leavePlugin"] = Napi::Function::New(env, leave_plugin, "leavePlugin");
  exports["keepProcess"] = Napi::Function::New(
      env, [](const Napi::CallbackInfo &) { keep_process(); }, "keepProcess");
  exports["releaseProcess"] = Napi::Function::New(
      env, [](const Napi::CallbackInfo &info) { return value_of(info.Env(), release_process(true)); },
      "releaseProcess");
  exports["logMisbehaving"] = Napi::Function::New(env, log_misbehaving, "logMisbehaving");
  exports["matchGate"] = bigint_of(env, reinterpret_cast<const void *>(match_gate));
  exports["reportCrashes"] = Napi::Function::New(env, report_crashes, "reportCrashes");
}

}  // namespace plughost::addon
