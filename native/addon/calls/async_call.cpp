#include "addon/calls/async_call.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

namespace plughost::addon {
namespace {

constexpr std::chrono::seconds kGrace(2);

// The instances of calls that outlived their JavaScript thread. Never destroyed, because such calls may outlive
// everything.
struct Outliving {
  std::mutex mutex;
  std::set<uintptr_t> instances;
};
Outliving &outliving() {
  static auto &outliving = *new Outliving;
  return outliving;
}

// A call under way, as its JavaScript thread sees it. Deletes itself.
class Pending {
 public:
  Pending(Napi::Env env, std::shared_ptr<AsyncCall> call)
      : done_(Napi::Promise::Deferred::New(env)),
        wake_(Napi::ThreadSafeFunction::New(env, Napi::Function(), "plughost call", 0, 1)),
        work_(std::make_shared<Work>(std::move(call))) {
    // Hooks run in reverse order. So this one is added after that of wake_, and runs before wake_ ends.
    napi_add_env_cleanup_hook(env, abandon, this);
    try {
      thread_ = std::thread([this, work = work_] {
        work->call->run();
        std::lock_guard lock(work->mutex);
        work->ended = true;
        // Unless it was abandoned, this object still exists.
        if (!work->abandoned) {
          wake_.NonBlockingCall([this, work](Napi::Env env, Napi::Function) {
            if (!work->abandoned) finish(env);
          });
        }
        work->changed.notify_all();
      });
    } catch (const std::system_error &) {
      napi_remove_env_cleanup_hook(env, abandon, this);
      wake_.Release();
      throw;
    }
  }

  Napi::Promise promise() const { return done_.Promise(); }

 private:
  struct Work {
    explicit Work(std::shared_ptr<AsyncCall> call) : call(std::move(call)) {}
    const std::shared_ptr<AsyncCall> call;
    std::mutex mutex;  // guards the following fields
    std::condition_variable changed;
    bool ended = false;
    bool abandoned = false;
  };

  void finish(Napi::Env env) {
    const std::unique_ptr<Pending> self(this);
    napi_remove_env_cleanup_hook(env, abandon, this);
    thread_.join();
    try {
      done_.Resolve(work_->call->answer(env));
    } catch (const Napi::Error &error) {
      done_.Reject(error.Value());
    }
    wake_.Release();
  }

  static void abandon(void *data) {
    const std::unique_ptr<Pending> self(static_cast<Pending *>(data));
    self->work_->call->cancel();
    std::unique_lock lock(self->work_->mutex);
    const bool ended = self->work_->changed.wait_for(lock, kGrace, [&] { return self->work_->ended; });
    self->work_->abandoned = true;
    lock.unlock();
    if (ended) {
      self->thread_.join();
      return;
    }
    self->thread_.detach();
    std::lock_guard all(outliving().mutex);
    outliving().instances.insert(self->work_->call->instance);
  }

  const Napi::Promise::Deferred done_;
  Napi::ThreadSafeFunction wake_;
  const std::shared_ptr<Work> work_;
  std::thread thread_;
};

}  // namespace

Napi::Promise start_call(Napi::Env env, std::shared_ptr<AsyncCall> call) {
  try {
    return (new Pending(env, std::move(call)))->promise();
  } catch (const std::system_error &error) {
    throw Napi::Error::New(env, std::string("there is no thread for the call: ") + error.code().message());
  }
}

bool is_in_call(uintptr_t instance) {
  std::lock_guard lock(outliving().mutex);
  return outliving().instances.contains(instance);
}

}  // namespace plughost::addon
