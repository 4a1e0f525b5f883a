// Calls that take long, each on a thread of its own, with a promise for JavaScript.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

namespace plughost::addon {

// What such a call does. It owns all that it needs, because it may outlive the JavaScript that has asked for it.
class AsyncCall {
 public:
  // `instance`: the plugin that it is a call of; 0: none of this process.
  explicit AsyncCall(uintptr_t instance) : instance(instance) {}
  virtual ~AsyncCall() = default;
  AsyncCall(const AsyncCall &) = delete;
  AsyncCall &operator=(const AsyncCall &) = delete;

  // By the thread. Must not throw.
  virtual void run() = 0;
  // Asks `run` to come to an end; by another thread while it runs, or after it.
  virtual void cancel() = 0;
  // What `run` has found, by the JavaScript thread. Throws Napi::Error.
  virtual Napi::Value answer(Napi::Env env) = 0;

  const uintptr_t instance;
};

// Starts the call; the promise resolves to its answer, and the process waits for that. When the JavaScript thread ends
// before, the call is cancelled and waited for, two seconds at most: one that goes on all the same goes on by itself,
// and `is_in_call` says so for good. Not on the pool of Node, whose end waits for each of its threads without asking
// any to end. Throws Napi::Error when there is no thread to be had. [control]
Napi::Promise start_call(Napi::Env env, std::shared_ptr<AsyncCall> call);

// Whether a call of the instance was left running by a JavaScript thread that has ended. [any]
bool is_in_call(uintptr_t instance);

}  // namespace plughost::addon
