// Long calls of plugins. Each runs on its own thread, and JavaScript gets a promise.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

namespace plughost::addon {

// One such call. It owns everything that it uses, because it may outlive the JavaScript thread that started it.
class AsyncCall {
 public:
  // `instance`: the address of the plugin, or 0 for a plugin in another process.
  explicit AsyncCall(uintptr_t instance) : instance(instance) {}
  virtual ~AsyncCall() = default;
  AsyncCall(const AsyncCall &) = delete;
  AsyncCall &operator=(const AsyncCall &) = delete;

  // Makes the call, on the new thread. Must not throw.
  virtual void run() = 0;
  // Asks `run` to end. The JavaScript thread calls it while `run` works, or after that.
  virtual void cancel() = 0;
  // Returns the result of `run`, on the JavaScript thread. Throws Napi::Error.
  virtual Napi::Value answer(Napi::Env env) = 0;

  const uintptr_t instance;
};

// Starts the call. The promise resolves to its answer and keeps the process alive until then. If the JavaScript thread
// ends first, it cancels the call and waits for at most two seconds. A call that still runs then goes on alone, and
// is_in_call() reports its instance for ever. The call does not use Node's thread pool, because Node waits for every
// thread of its pool at the end without cancelling any. Throws Napi::Error when no thread can be started. [control]
Napi::Promise start_call(Napi::Env env, std::shared_ptr<AsyncCall> call);

// Returns whether a call of this instance still runs although its JavaScript thread has ended. [any]
bool is_in_call(uintptr_t instance);

}  // namespace plughost::addon
