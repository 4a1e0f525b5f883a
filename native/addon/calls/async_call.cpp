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

// Never destroyed: calls may outlive everything.
struct Left {
  std::mutex mutex;
  std::set<uintptr_t> instances;
};
Left &left() {
  static auto &left = *new Left;
  return left;
}

// A call under way, of one JavaScript thread. Deletes itself.
class Pending {
 public:
  Pending(Napi::Env env, std::shared_ptr<AsyncCall> call)
      : done_(Napi::Promise::Deferred::New(env)),
        wake_(Napi::ThreadSafeFunction::New(env, Napi::Function(), "plughost call", 0, 1)),
        work_(std::make_shared<Work>(std::move(call))) {
    // After the function, so that the hook comes before its end.
    napi_add_env_cleanup_hook(env, abandon, this);
    try {
      thread_ = std::thread([this, work = work_] {
        work->call->run();
        std::lock_guard lock(work->mutex);
        work->ended = true;
        // Only then is this object certainly there.
        if (!work->abandoned) {
          wake_.NonBlockingCall([this, work](Napi::Env env, Napi::Function) {
            if (!work->abandoned) configure(env);
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
    std::mutex mutex;  // guards what follows
    std::condition_variable changed;
    bool ended = false;
    bool abandoned = false;
  };

  void configure(Napi::Env env) {
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
    std::lock_guard of_all(left().mutex);
    left().instances.insert(self->work_->call->instance);
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
  std::lock_guard lock(left().mutex);
  return left().instances.contains(instance);
}

}  // namespace plughost::addon
