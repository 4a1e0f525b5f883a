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

// What ends an instance, or a state of one.
struct Ending {
  uintptr_t plugin = 0, state = 0;
  uintptr_t function = 0;  // destroy, or state_free; 0: there is nothing to call
  bool spent = false;      // of an instance: it may never be taken again

  void make() const {
    // A call that never returns has what would be freed.
    if (is_in_call(plugin)) return;
    if (state) {
      reinterpret_cast<void (*)(uintptr_t, uintptr_t)>(function)(plugin, state);
      return;
    }
    Instances::process().give_back(plugin, spent);
    if (function) reinterpret_cast<void (*)(uintptr_t)>(function)(plugin);
  }
};

// Of one JavaScript thread.
struct Endings {
  std::map<uint32_t, Ending> due;
  uint32_t next = 0;

  uint32_t add(const Ending &ending) {
    due.emplace(next, ending);
    return next++;
  }

  static void make_all(void *data) {
    const std::unique_ptr<Endings> endings(static_cast<Endings *>(data));
    // With the main thread the process ends, and nothing is left to be tidy for.
    if (on_main_thread()) return;
    const ProcessState before(false);
    for (auto ending = endings->due.rbegin(); ending != endings->due.rend(); ++ending) ending->second.make();
    before.restore();
  }
};

}  // namespace

void define_cleanup_hooks(Napi::Env env, Napi::Object exports) {
  auto *const endings = new Endings;
  // Hooks run in the reverse of their order, so that of a run, which comes later, has ended it before.
  napi_add_env_cleanup_hook(env, Endings::make_all, endings);
  const auto define = [&](const char *name, auto function) {
    exports[name] = Napi::Function::New(env, function, name);
  };
  define("takeInstance", [endings](const Napi::CallbackInfo &info) -> Napi::Value {
    const uintptr_t plugin = address_of(info[0], "takeInstance");
    InstanceState found;
    if (Instances::process().take(plugin, &found))
      return Napi::Number::New(info.Env(), endings->add({.plugin = plugin}));
    return Napi::String::New(info.Env(), found == InstanceState::spent ? "spent" : "loaded");
  });
  define("endInstanceBy", [endings](const Napi::CallbackInfo &info) {
    const auto due = endings->due.find(info[0].ToNumber().Uint32Value());
    if (due == endings->due.end()) return;
    due->second.function = address_of(info[1], "endInstanceBy");
    due->second.spent = info[2].ToBoolean();
  });
  define("takeState", [endings](const Napi::CallbackInfo &info) -> Napi::Value {
    const Ending ending{.plugin = address_of(info[0], "takeState"),
                        .state = address_of(info[1], "takeState"),
                        .function = address_of(info[2], "takeState")};
    return Napi::Number::New(info.Env(), endings->add(ending));
  });
  define("end", [endings](const Napi::CallbackInfo &info) {
    const auto due = endings->due.extract(info[0].ToNumber().Uint32Value());
    if (due) due.mapped().make();
  });
  define("forgetEnd",
         [endings](const Napi::CallbackInfo &info) { endings->due.erase(info[0].ToNumber().Uint32Value()); });
}

}  // namespace plughost::addon
