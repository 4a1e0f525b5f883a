#include "job.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/batch_queue.hpp"
#include "engine/feed.hpp"
#include "engine/system_failed.hpp"
#include "engine/writer.hpp"
#include "run_result.hpp"
#include "run_spec.hpp"

namespace plughost::addon {
namespace {

// Memory that JavaScript sees without a copy and that goes when it is collected.
template <typename Owner>
Napi::ArrayBuffer lend(Napi::Env env, void *data, size_t size, Owner owner) {
  if (size == 0) return Napi::ArrayBuffer::New(env, 0);
  auto *kept = new Owner(std::move(owner));
  return Napi::ArrayBuffer::New(
      env, data, size, [](Napi::Env, void *, Owner *gone) { delete gone; }, kept);
}

// What the system refused is told by `errno` and `operation`.
Napi::Error error_of(Napi::Env env, const std::exception &thrown) {
  auto error = Napi::Error::New(env, thrown.what());
  const auto *refused = dynamic_cast<const std::system_error *>(&thrown);
  if (!refused) return error;
  const auto *named = dynamic_cast<const SystemFailed *>(&thrown);
  error.Set("errno", static_cast<double>(refused->code().value()));
  error.Set("operation", named ? named->operation() : "start a thread");
  return error;
}

// A run with its output and what JavaScript feeds it. Keeps itself alive until the run has ended, so that JavaScript
// may forget it.
class Job : public Napi::ObjectWrap<Job> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Job",
                       {InstanceAccessor<&Job::done>("done"), InstanceMethod<&Job::progress>("progress"),
                        InstanceMethod<&Job::cancel>("cancel"), InstanceMethod<&Job::take>("take"),
                        InstanceMethod<&Job::feed>("feed"), InstanceMethod<&Job::close>("close")});
  }

  explicit Job(const Napi::CallbackInfo &info) : ObjectWrap(info), done_(Napi::Promise::Deferred::New(info.Env())) {
    const Napi::Env env = info.Env();
    RunSpec spec = read_run_spec(env, info[0]);
    const auto given = info[0].As<Napi::Object>();
    open_output(given, &spec);
    if (given.Get("fed").ToBoolean()) {
      feed_ = std::make_shared<Feed>([this] { notify(); });
      InputSpec input;
      input.name = "the stream";
      input.feed = feed_;
      spec.inputs.push_back(std::move(input));
    }
    promise_ = Napi::Persistent(done_.Promise());
    wake_ = Napi::ThreadSafeFunction::New(env, Napi::Function(), "plughost run", 0, 1);
    // When the environment ends first (a worker thread that is terminated), the run is cancelled and waited for.
    napi_add_env_cleanup_hook(env, abandon, this);
    Ref();
    try {
      run_ = std::make_unique<Run>(std::move(spec), [this] {
        ended_ = true;
        notify();
      });
    } catch (const std::exception &error) {
      napi_remove_env_cleanup_hook(env, abandon, this);
      wake_.Release();
      Unref();
      throw error_of(env, error);
    }
    awaited(env);
  }

 private:
  void open_output(const Napi::Object &spec, RunSpec *run) {
    const auto value = spec.Get("output");
    if (value.IsNumber()) {
      output_ = std::make_unique<Writer>(value.As<Napi::Number>().Int32Value());
    } else if (value.IsString()) {
      const std::string kind = value.As<Napi::String>().Utf8Value();
      if (kind != "batches" && kind != "bytes")
        throw Napi::TypeError::New(spec.Env(), "spec.output: a descriptor, batches or bytes is needed");
      auto queue = std::make_unique<BatchQueue>(kind == "batches", [this] { notify(); });
      queue_ = queue.get();
      output_ = std::move(queue);
    }
    run->output = output_.get();
  }

  static void abandon(void *data) {
    auto *self = static_cast<Job *>(data);
    if (self->queue_) self->queue_->close();
    self->run_.reset();
  }

  // By any thread: something has changed that JavaScript may wait for. Once is enough until it looks.
  void notify() {
    if (notified_.exchange(true)) return;
    wake_.NonBlockingCall([this](Napi::Env env, Napi::Function) { look(env); });
  }

  void look(Napi::Env env) {
    notified_ = false;
    const bool ended = ended_;
    settle(env);
    // Another look that is on its way would find this object gone.
    if (ended && !notified_.exchange(true)) end(env);
  }

  // Gives what is being waited for, as far as it is there.
  void settle(Napi::Env env) {
    // In this order: what was put before the end is there to be taken.
    const bool ended = ended_;
    // Not before JavaScript has heard of the end: who feeds without a pause would never let it.
    if (fed_ && (!run_ || feed_->used())) {
      lent_.Reset();
      std::exchange(fed_, std::nullopt)->Resolve(env.Undefined());
    }
    if (taken_) {
      Batch batch;
      if (queue_->take(&batch)) {
        std::exchange(taken_, std::nullopt)->Resolve(value_of(env, std::move(batch)));
      } else if (ended) {
        std::exchange(taken_, std::nullopt)->Resolve(env.Null());
      }
    }
    if (run_) awaited(env);
  }

  void end(Napi::Env env) {
    napi_remove_env_cleanup_hook(env, abandon, this);
    done_.Resolve(result_of(env, *run_));
    total_ = run_->total();
    last_ = run_->progress();
    run_.reset();
    settle(env);
    wake_.Release();
    Unref();
  }

  // A run that writes goes on by itself, so the process waits for it. One whose output is taken goes no further than
  // somebody takes, and must not keep a process that has forgotten it.
  void awaited(Napi::Env env) {
    if (!queue_ || taken_) {
      wake_.Ref(env);
    } else {
      wake_.Unref(env);
    }
  }

  static Napi::Object value_of(Napi::Env env, Batch batch) {
    auto result = Napi::Object::New(env);
    const auto bytes = batch.bytes.bytes();
    auto *data = const_cast<uint8_t *>(bytes.data());
    const size_t size = bytes.size();
    void *lines = batch.lines.data();
    const size_t count = batch.lines.size();
    result["bytes"] = lend(env, data, size, std::move(batch.bytes));
    result["lines"] = lend(env, lines, count * sizeof(plug_span), std::move(batch.lines));
    return result;
  }

  Napi::Value done(const Napi::CallbackInfo &) { return promise_.Value(); }
  Napi::Value progress(const Napi::CallbackInfo &info) {
    return run_ ? counters_of(info.Env(), run_->progress(), run_->total()) : counters_of(info.Env(), last_, total_);
  }
  void cancel(const Napi::CallbackInfo &info) {
    if (queue_) queue_->hurry();
    if (run_) run_->cancel(info[0].ToNumber().Uint32Value());
  }
  void close(const Napi::CallbackInfo &) {
    if (queue_) queue_->close();
    if (run_) run_->cancel(PLUG_CANCEL_ASKED);
  }

  Napi::Value take(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    if (!queue_ || taken_) throw Napi::TypeError::New(env, "take: there are no batches, or one is being waited for");
    taken_ = Napi::Promise::Deferred::New(env);
    const auto promise = taken_->Promise();
    settle(env);
    return promise;
  }

  Napi::Value feed(const Napi::CallbackInfo &info) {
    const Napi::Env env = info.Env();
    if (!feed_ || fed_) throw Napi::TypeError::New(env, "feed: nothing is fed, or a piece is still in use");
    fed_ = Napi::Promise::Deferred::New(env);
    const auto promise = fed_->Promise();
    if (info[0].IsTypedArray()) {
      const auto bytes = info[0].As<Napi::Uint8Array>();
      lent_ = Napi::Persistent(info[0].As<Napi::Object>());
      feed_->lend({bytes.Data(), bytes.ByteLength()});
    } else {
      feed_->end();
    }
    settle(env);
    return promise;
  }

  Napi::Promise::Deferred done_;
  Napi::Reference<Napi::Promise> promise_;
  Napi::ThreadSafeFunction wake_;
  std::atomic<bool> notified_{false};
  std::atomic<bool> ended_{false};

  std::unique_ptr<Output> output_;  // outlives the run
  BatchQueue *queue_ = nullptr;     // the output, when batches are taken
  std::optional<Napi::Promise::Deferred> taken_;

  std::shared_ptr<Feed> feed_;
  Napi::ObjectReference lent_;
  std::optional<Napi::Promise::Deferred> fed_;

  std::unique_ptr<Run> run_;
  Counters last_;
  uint64_t total_ = 0;
};

}  // namespace

void define_job(Napi::Env env, Napi::Object exports) { exports["Job"] = Job::define(env); }

}  // namespace plughost::addon
