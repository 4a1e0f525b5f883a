#include "endings.hpp"

#include <unistd.h>

#include <cstdint>
#include <map>
#include <memory>

#include "control.hpp"

namespace plughost::addon {
namespace {

struct Ending {
  uintptr_t function, plugin, state;
};

// Of one JavaScript thread.
struct Endings {
  std::map<uint32_t, Ending> calls;
  uint32_t next = 0;

  static void make(void *data) {
    const std::unique_ptr<Endings> endings(static_cast<Endings *>(data));
    // With the main thread the process ends, and nothing is left to be tidy for.
    if (gettid() == getpid()) return;
    for (auto call = endings->calls.rbegin(); call != endings->calls.rend(); ++call) {
      const auto [function, plugin, state] = call->second;
      if (state)
        reinterpret_cast<void (*)(uintptr_t, uintptr_t)>(function)(plugin, state);
      else
        reinterpret_cast<void (*)(uintptr_t)>(function)(plugin);
    }
  }
};

}  // namespace

void define_endings(Napi::Env env, Napi::Object exports) {
  auto *const endings = new Endings;
  // Hooks run in the reverse of their order, so that of a run, which comes later, has ended it before.
  napi_add_env_cleanup_hook(env, Endings::make, endings);
  exports["callAtEnd"] = Napi::Function::New(env, [endings](const Napi::CallbackInfo &info) {
    const Ending call{address_of(info[0], "callAtEnd"), address_of(info[1], "callAtEnd"),
                      address_of(info[2], "callAtEnd")};
    endings->calls.emplace(endings->next, call);
    return Napi::Number::New(info.Env(), endings->next++);
  });
  exports["forgetCall"] = Napi::Function::New(
      env, [endings](const Napi::CallbackInfo &info) { endings->calls.erase(info[0].ToNumber().Uint32Value()); });
}

}  // namespace plughost::addon
