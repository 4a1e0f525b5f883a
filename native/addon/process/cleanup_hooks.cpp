#include "addon/process/cleanup_hooks.hpp"

#include <cstdint>
#include <map>
#include <memory>

#include "addon/calls/async_call.hpp"
#include "addon/calls/control.hpp"
#include "addon/calls/instances.hpp"
#include "addon/values/values.hpp"
#include "os/process/process_state.hpp"

namespace plughost::addon {
namespace {

// Ends an instance, or a state of one.
struct CleanupHook {
  uintptr_t plugin = 0, state = 0;
  uintptr_t function = 0;  // destroy, or state_free; 0: the hook calls nothing
  bool spent = false;      // no owner can claim the instance again

  void run() const {
    // A call that still runs uses what the hook would free.
    if (is_in_call(plugin)) return;
    if (state) {
      reinterpret_cast<void (*)(uintptr_t, uintptr_t)>(function)(plugin, state);
      return;
    }
    Instances::process().release(plugin, spent);
    if (function) reinterpret_cast<void (*)(uintptr_t)>(function)(plugin);
  }
};

// The hooks of one JavaScript thread, by token.
struct CleanupHooks {
  std::map<uint32_t, CleanupHook> hooks;
  uint32_t next = 0;

  uint32_t add(const CleanupHook &hook) {
    hooks.emplace(next, hook);
    return next++;
  }

  static void run_all(void *data) {
    const std::unique_ptr<CleanupHooks> all(static_cast<CleanupHooks *>(data));
    // The process ends with the main thread, so there is nothing to clean up for.
    if (on_main_thread()) return;
    const ProcessState before(false);
    for (auto hook = all->hooks.rbegin(); hook != all->hooks.rend(); ++hook) hook->second.run();
    before.restore();
  }
};

}  // namespace

void define_cleanup_hooks(Napi::Env env, Napi::Object exports) {
  auto *const all = new CleanupHooks;
  // Node runs its hooks in reverse order. Those of runs are added later, so all runs have ended before this one.
  napi_add_env_cleanup_hook(env, CleanupHooks::run_all, all);
  const auto define = [&](const char *name, auto function) {
    exports[name] = Napi::Function::New(env, function, name);
  };
  define("claimInstance", [all](const Napi::CallbackInfo &info) -> Napi::Value {
    const uintptr_t plugin = address_of(info[0], "claimInstance");
    InstanceState found;
    if (Instances::process().claim(plugin, &found)) return Napi::Number::New(info.Env(), all->add({.plugin = plugin}));
    return Napi::String::New(info.Env(), found == InstanceState::spent ? "spent" : "loaded");
  });
  define("setDestroy", [all](const Napi::CallbackInfo &info) {
    const auto found = all->hooks.find(info[0].ToNumber().Uint32Value());
    if (found == all->hooks.end()) return;
    found->second.function = address_of(info[1], "setDestroy");
    found->second.spent = info[2].ToBoolean();
  });
  define("addStateCleanup", [all](const Napi::CallbackInfo &info) -> Napi::Value {
    const CleanupHook hook{.plugin = address_of(info[0], "addStateCleanup"),
                           .state = address_of(info[1], "addStateCleanup"),
                           .function = address_of(info[2], "addStateCleanup")};
    return Napi::Number::New(info.Env(), all->add(hook));
  });
  define("runCleanup", [all](const Napi::CallbackInfo &info) {
    const auto found = all->hooks.extract(info[0].ToNumber().Uint32Value());
    if (found) found.mapped().run();
  });
  define("cancelCleanup",
         [all](const Napi::CallbackInfo &info) { all->hooks.erase(info[0].ToNumber().Uint32Value()); });
}

}  // namespace plughost::addon
